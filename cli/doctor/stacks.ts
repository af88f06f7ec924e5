import type { DeployedStack } from '../aws/deployed-stack.ts';
import type { Finding } from '../finding.ts';

/** @param isToStay whether it must be protected from deletion */
export function stackFindings({ name, status, isProtected }: DeployedStack, isToStay: boolean): readonly Finding[] {
  const [level, advice] = judgement(status);
  const finding: Finding = { code: 'stack', level, text: `stack ${name}: ${status}`, ...(advice && { advice }) };
  return isToStay && !isProtected
    ? [
        finding,
        {
          code: 'stack_protection',
          level: 'problem',
          text: `stack ${name} has no termination protection`,
          advice: 'turn it on: whoever deletes the stack leaves the sessions without an owner',
        },
      ]
    : [finding];
}

function judgement(status: string): [level: Finding['level'], advice?: string] {
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) {
    return ['good'];
  }
  if (/^UPDATE_ROLLBACK_COMPLETE$/.test(status)) {
    return ['problem', 'the last deployment failed, and the one before it runs: see the events of the stack'];
  }
  return status.endsWith('_IN_PROGRESS')
    ? ['note', 'a deployment is under way: look again when it is over']
    : ['problem', 'see the events of the stack, and deploy again'];
}

/**
 * @param deployed version of the package that the stack says it was deployed with
 * @param own of this command
 */
export function versionFinding(deployed: string | undefined, own: string): Finding {
  const code = 'version';
  if (deployed === undefined) {
    const text = 'the deployment does not say its version: it is older than this command';
    return { code, level: 'note', text, advice: 'upgrade it: CHANGELOG.md' };
  }
  return deployed === own
    ? { code, level: 'good', text: `version ${deployed} is deployed` }
    : {
        code,
        level: 'note',
        text: `version ${deployed} is deployed, and this command is of version ${own}`,
        advice: 'what it says is about its own version: use the same one, or upgrade',
      };
}
