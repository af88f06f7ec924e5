import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { isSecureUrl } from '../../relying-party/sessions/secure-url.ts';
import { type AwsOptions, awsConfiguration, profileOption, regionOption, stackOption } from '../aws/aws-options.ts';
import { outputOf } from '../aws/deployed-stack.ts';
import { UsageError } from '../command-error.ts';
import type { AddCommand, CommandLine } from '../command-line.ts';
import { EXIT } from '../exit-code.ts';
import { exitCodeOf, type Finding, textOfFindings } from '../finding.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { deploymentFindings, findDeployment } from './deployment.ts';
import { clientFinding, endpointFinding, NOBODY, probe } from './endpoint.ts';
import { issuerFindings, locationsOf } from './issuers.ts';
import { keyAgeFindings } from './key-age.ts';
import { findingsOf } from './looks.ts';

interface DoctorOptions extends AwsOptions {
  readonly relyingParties?: string | undefined;
  readonly url?: string | undefined;
  readonly aws: boolean;
}

export const addDoctor: AddCommand = (program, commandLine) => {
  program
    .command('doctor')
    .summary('look at a deployment, and say what is wrong')
    .description(
      'Looks at a deployment and what it depends on, and says of each thing whether it is well, and what to do.',
    )
    .option('--relying-parties <file>', 'the relying parties file that is deployed: its issuers are looked at as well')
    .option('--url <url>', 'the logout endpoint (default: the output BackchannelLogoutUri)')
    .option('--no-aws', 'look at the file, the endpoint and the issuers alone')
    .addOption(stackOption)
    .addOption(regionOption)
    .addOption(profileOption)
    .addHelpText(
      'after',
      `
It changes nothing. The endpoint is sent unsigned tokens, which it must refuse.
Exits with 1 where there is a problem.

Examples:
  logout-receiver doctor --relying-parties relying-parties.json
  logout-receiver doctor --no-aws --url http://127.0.0.1:8080/backchannel-logout --relying-parties relying-parties.json
  logout-receiver doctor --json | jq '.findings[] | select(.level == "problem")'`,
    )
    .action(
      commandLine.action(async (options) => {
        const findings = await examine(options, commandLine);
        return {
          exitCode: exitCodeOf(findings),
          json: { findings },
          text: (style) => `${textOfFindings(findings, style)}\n${summaryOf(findings)}`,
        };
      }),
    );
};

async function examine(
  options: DoctorOptions,
  { terminal, progress }: Pick<CommandLine, 'terminal' | 'progress'>,
): Promise<readonly Finding[]> {
  requireSomething(options);
  const { relyingParties, findings: ofFile } = configurationOf(options.relyingParties);
  const configuration = awsConfiguration(options, terminal.environment);
  if (options.aws) {
    progress('looking for the deployment ...');
  }
  const deployment = options.aws ? await findDeployment(configuration, options.stack) : { findings: [] };
  const { stack } = deployment;
  const url = options.url ?? stack?.outputs.get('BackchannelLogoutUri');
  if (url !== undefined) {
    progress(`looking at ${url} ...`);
  }
  const { findings: ofEndpoint, offsetSeconds } = await examineEndpoint(url, relyingParties);
  if (relyingParties.length > 0) {
    progress('looking at the issuers ...');
  }
  const ofIssuers = await issuerFindings(relyingParties, offsetSeconds);
  if (stack) {
    progress(`looking at what the stack ${stack.name} has made ...`);
  }
  const locations = locationsOf(relyingParties);
  const ofKeys =
    stack && locations.length > 0
      ? await findingsOf('key_age', 'the age of the keys', async () =>
          keyAgeFindings(configuration, outputOf(stack, 'JwksCacheTableName'), locations),
        )
      : [];
  const ofDeployment = stack ? await deploymentFindings(configuration, stack) : [];
  return [...ofFile, ...deployment.findings, ...ofEndpoint, ...ofIssuers, ...ofKeys, ...ofDeployment];
}

function requireSomething({ aws, url, relyingParties }: DoctorOptions): void {
  if (!aws && url === undefined && relyingParties === undefined) {
    throw new UsageError('--no-aws leaves nothing to look at: give --url, --relying-parties or both');
  }
  if (url !== undefined && !isSecureUrl(url)) {
    throw new UsageError(`--url ${url}: allowed is an https: URL (http: only on loopback)`);
  }
}

const NO_ENDPOINT: Finding = {
  code: 'endpoint',
  level: 'note',
  text: 'no URL is known: the endpoint is not looked at',
  advice: 'give the one that the OP has: --url URL',
};

function configurationOf(path: string | undefined): Configuration {
  return path === undefined
    ? {
        relyingParties: [],
        findings: [
          {
            code: 'relying_parties',
            level: 'note',
            text: 'no relying parties file: issuers, their keys and their clocks are not looked at',
            advice: 'give the one that is deployed: --relying-parties FILE',
          },
        ],
      }
    : readConfiguration(path);
}

/** A token of nobody first, and where that comes through, one for each client, one after the other. */
async function examineEndpoint(url: string | undefined, relyingParties: readonly RelyingParty[]) {
  if (url === undefined) {
    return { findings: [NO_ENDPOINT], offsetSeconds: undefined };
  }
  const ofNobody = await probe(url, NOBODY);
  const findings = [endpointFinding(url, ofNobody)];
  if (exitCodeOf(findings) === EXIT.fine) {
    for (const client of relyingParties) {
      findings.push(clientFinding(client, await probe(url, client)));
    }
  }
  return { findings, offsetSeconds: 'failure' in ofNobody ? undefined : ofNobody.offsetSeconds };
}

function summaryOf(findings: readonly Finding[]): string {
  const problems = findings.filter(({ level }) => level === 'problem').length;
  return problems === 0
    ? `${findings.length} things looked at, no problem.`
    : `${findings.length} things looked at, ${problems} problem${problems === 1 ? '' : 's'}.`;
}
