import { errorCode } from '../../receiver/relying-parties/error-code.ts';
import { FailedError, UsageError } from '../command-error.ts';
import type { CommandLine, Program } from '../command-line.ts';
import type { Outcome } from '../outcome.ts';
import { printable } from '../printable.ts';
import { INITIAL_ACCESS_TOKEN, REGISTRATION_ACCESS_TOKEN } from './authorization.ts';
import type { ClientMetadata } from './client-metadata.ts';
import { registered, updated } from './client-registration.ts';
import { SecretsFile } from './client-secrets.ts';
import { dryRunOutcome } from './dry-run.ts';
import { halfwayOutcome, type Kept, registrationOutcome } from './registration-outcome.ts';
import { type RegistrationPlan, registrationPlan } from './registration-plan.ts';

const collect = (value: string, previous: string[] | undefined): string[] => [...(previous ?? []), value];

export function addRegister(program: Program, { terminal, action }: CommandLine): void {
  program
    .command('register')
    .summary('register a client at an OP, or update one')
    .description(
      'Registers a client with its logout URIs at an OP (OpenID Connect Dynamic Client Registration 1.0, RFC 7591), or updates one (RFC 7592), and says what the OP made of each field.',
    )
    .argument('<issuer>', "the OP's issuer, exactly as in its tokens")
    .option('--registration-endpoint <url>', 'in place of the one that the discovery document names')
    .option(
      '--client-configuration-endpoint <url>',
      "update the client with this registration_client_uri, don't make one",
    )
    .option('--client-name <name>', 'client_name')
    .option('--redirect-uri <uri>', 'redirect_uris; can be repeated', collect)
    .option('--backchannel-logout-uri <url>', "backchannel_logout_uri: the receiver's endpoint")
    .option('--backchannel-logout-session-required', 'ask for sid in logout tokens (the default)')
    .option('--no-backchannel-logout-session-required', 'do not')
    .option('--frontchannel-logout-uri <url>', 'frontchannel_logout_uri')
    .option('--frontchannel-logout-session-required', 'ask for iss and sid (the default)')
    .option('--no-frontchannel-logout-session-required', 'do not')
    .option('--post-logout-redirect-uri <uri>', 'post_logout_redirect_uris; can be repeated', collect)
    .option('--token-endpoint-auth-method <method>', 'token_endpoint_auth_method, such as private_key_jwt')
    .option('--metadata <file>', 'JSON file with other client metadata; options override it')
    .option('--token-stdin', 'read the token from standard input')
    .option('--secrets-file <file>', 'put the secrets that come into a new file, which only you can read')
    .option('--allow-private-addresses', 'let the OP be inside a private network')
    .option('--dry-run', 'print the request, without its token, and send nothing of it')
    .addHelpText(
      'after',
      `
Tokens come by the environment, or with --token-stdin:
  ${INITIAL_ACCESS_TOKEN}       for a new client; some OPs need none
  ${REGISTRATION_ACCESS_TOKEN}  for an update
Each is a bearer token, or a scheme with credentials ("Basic ...").

Examples:
  logout-receiver register https://op.example.com --client-name Shop \\
      --redirect-uri https://shop.example.com/callback \\
      --backchannel-logout-uri https://abc.execute-api.eu-central-1.amazonaws.com/backchannel-logout \\
      --post-logout-redirect-uri https://shop.example.com/ --secrets-file shop-client.json
  logout-receiver register https://op.example.com --token-stdin < token.txt \\
      --client-configuration-endpoint https://op.example.com/register/abc \\
      --backchannel-logout-uri https://abc.execute-api.eu-central-1.amazonaws.com/backchannel-logout`,
    )
    .action(
      action(async (issuer, { dryRun = false, secretsFile, ...options }) => {
        const plan = await registrationPlan(issuer, options, terminal);
        if (dryRun) {
          return dryRunOutcome(plan);
        }
        const isShownSafely = terminal.output.isTTY === true || program.opts().json === true;
        if (secretsFile === undefined && !isShownSafely) {
          // A log would keep them. Nothing has been sent yet, so nothing is lost.
          throw new UsageError(
            'the answer holds secrets, and standard output is no terminal: add --secrets-file FILE, or --json where its reader keeps them',
          );
        }
        const file = secretsFile === undefined ? undefined : new SecretsFile(secretsFile);
        try {
          return await carriedOut(plan, file);
        } finally {
          file?.close();
        }
      }),
    );
}

async function carriedOut(plan: RegistrationPlan, file: SecretsFile | undefined): Promise<Outcome> {
  const { url, authorization, metadata, allowPrivateAddresses } = plan;
  const halfway: { information: ClientMetadata; kept: Kept }[] = [];
  try {
    const registration = plan.isUpdate
      ? await updated({ url, authorization }, metadata, allowPrivateAddresses, (information) =>
          halfway.push({ information, kept: keptIn(file, plan.issuer, information) }),
        )
      : await registered({ url, authorization }, metadata, allowPrivateAddresses);
    return registrationOutcome(plan, registration, keptIn(file, plan.issuer, registration.answer));
  } catch (error) {
    const [last] = halfway;
    if (error instanceof FailedError && last) {
      return halfwayOutcome(plan, error.message, last.information, last.kept);
    }
    throw error;
  }
}

/** A client whose secrets are lost is of no use: where the file fails, they are shown. */
function keptIn(file: SecretsFile | undefined, issuer: string, information: ClientMetadata): Kept {
  try {
    file?.write(issuer, information);
    return { secretsFile: file?.path, findings: [] };
  } catch (error) {
    const text = `${printable(file?.path ?? '')} cannot be written (${errorCode(error)}): the secrets stand below.`;
    return { secretsFile: undefined, findings: [{ code: 'secrets_file_failed', level: 'problem', text }] };
  }
}
