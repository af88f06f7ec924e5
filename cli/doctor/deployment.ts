import packageJson from '../../package.json' with { type: 'json' };
import { inPlainWords } from '../aws/aws-failure.ts';
import type { AwsConfiguration } from '../aws/aws-options.ts';
import { type DeployedStack, outputOf, readResources, readStack, type StackResource } from '../aws/deployed-stack.ts';
import { queuesOf, readQueues } from '../aws/queues.ts';
import { FailedError } from '../command-error.ts';
import { DEAD_LETTER_QUEUES } from '../dead-letters/dead-letter-queues.ts';
import { DEFERRED_QUEUES } from '../deferred/deferred.ts';
import type { Finding } from '../finding.ts';
import { alarmFindings, readAlarms } from './alarms.ts';
import { eventSourceFinding, functionFinding, readEventSource, readFunction } from './functions.ts';
import { findingsOf } from './looks.ts';
import { stackFindings, versionFinding } from './stacks.ts';
import { JWKS_CACHE_TABLE, readTable, SESSIONS_TABLE, tableFindings } from './tables.ts';
import { deadLetterFinding, deferredFinding } from './waiting.ts';

/** What is deployed, as far as it could be found. */
export interface Deployment {
  /** Of the receiver; undefined where there is none to look at. */
  readonly stack?: DeployedStack;
  readonly findings: readonly Finding[];
}

/** Looks for the credentials and the receiver's stack, without which nothing else can be looked at. */
export async function findDeployment(configuration: AwsConfiguration, stackName: string): Promise<Deployment> {
  try {
    const identity = await readIdentity(configuration);
    try {
      const stack = await readStack(configuration, stackName);
      return { stack, findings: [identity, ...stackFindings(stack, false)] };
    } catch (error) {
      return { findings: [identity, failure('stack', error)] };
    }
  } catch (error) {
    return { findings: [failure('credentials', error)] };
  }
}

/** Looks at all that the stacks have made. */
export async function deploymentFindings(
  configuration: AwsConfiguration,
  stack: DeployedStack,
): Promise<readonly Finding[]> {
  const findings = [
    ...sessionsStackFindings(configuration, stack),
    findingsOf('table', 'the sessions table', async () =>
      tableFindings(await readTable(configuration, outputOf(stack, 'SessionsTableName')), SESSIONS_TABLE),
    ),
    findingsOf('table', 'the JWKS cache table', async () =>
      tableFindings(await readTable(configuration, outputOf(stack, 'JwksCacheTableName')), JWKS_CACHE_TABLE),
    ),
    findingsOf('resources', `the resources of the stack ${stack.name}`, async () =>
      resourceFindings(configuration, await readResources(configuration, stack)),
    ),
    findingsOf('deferred_logouts', 'the queues of deferred logouts', async () =>
      (await readQueues(configuration, queuesOf(stack, DEFERRED_QUEUES))).map(deferredFinding),
    ),
    findingsOf('dead_letters', 'the dead letters', async () =>
      (await readQueues(configuration, queuesOf(stack, DEAD_LETTER_QUEUES))).map(deadLetterFinding),
    ),
  ];
  return [versionFinding(stack.outputs.get('Version'), packageJson.version), ...(await Promise.all(findings)).flat()];
}

/** In a stack of somebody's own, the construct has the table beside it, or is given one that may stand anywhere. */
function sessionsStackFindings(configuration: AwsConfiguration, { name, construct }: DeployedStack) {
  const sessions = `${name}Sessions`;
  return construct === ''
    ? [
        findingsOf('stack', `the stack ${sessions}`, async () =>
          stackFindings(await readStack(configuration, sessions), true),
        ),
      ]
    : [];
}

async function resourceFindings(
  configuration: AwsConfiguration,
  resources: readonly StackResource[],
): Promise<readonly Finding[]> {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const alarms = ofType('AWS::CloudWatch::Alarm').map(({ physicalId }) => physicalId);
  const findings = [
    ...ofType('AWS::Lambda::Function').map((resource) =>
      findingsOf('function', `the function ${resource.physicalId}`, async () => [
        functionFinding(await readFunction(configuration, resource)),
      ]),
    ),
    ...ofType('AWS::Lambda::EventSourceMapping').map((resource) =>
      findingsOf('event_source', `the event source mapping ${resource.physicalId}`, async () => [
        eventSourceFinding(await readEventSource(configuration, resource)),
      ]),
    ),
    findingsOf('alarm', 'the alarms', async () => alarmFindings(alarms, await readAlarms(configuration, alarms))),
  ];
  return (await Promise.all(findings)).flat();
}

async function readIdentity(configuration: AwsConfiguration): Promise<Finding> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const client = new STSClient(configuration);
  const { Account, Arn } = await inPlainWords(client.send(new GetCallerIdentityCommand({})));
  return {
    code: 'credentials',
    level: 'good',
    text: `AWS account ${Account}, region ${await client.config.region()}, as ${Arn}`,
  };
}

function failure(code: string, error: unknown): Finding {
  if (!(error instanceof FailedError)) {
    throw error;
  }
  const advice = 'to look at the endpoint and the issuers alone: --no-aws --url URL --relying-parties FILE';
  return { code, level: 'problem', text: error.message, advice };
}
