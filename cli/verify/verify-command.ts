import { DecryptionKeySource } from '../../receiver/logout/decryption-keys.ts';
import { secretIdsOf } from '../../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { readSecretsFile, SecretsFileError } from '../../receiver/relying-parties/secrets-file.ts';
import { readWrittenRelyingPartiesFile } from '../../receiver/relying-parties/written-file.ts';
import { SecretError } from '../../receiver/secrets/secret-error.ts';
import { SecretSource } from '../../receiver/secrets/secret-source.ts';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { UsageError } from '../command-error.ts';
import type { AddCommand, CommandLine } from '../command-line.ts';
import { parseMoment } from '../moment.ts';
import { type BringKeys, KeysOfVerdict, keysInFile, keysOfIssuer } from './keys-of-verdict.ts';
import { logoutTokenInput } from './logout-token-input.ts';
import { verdictOn } from './verdict.ts';

const TOKEN_IS_SECRET =
  'A logout token is a secret until it expires, and arguments show in process lists and shell histories: give it on standard input.';

export const addVerify: AddCommand = (program, commandLine) => {
  program
    .command('verify')
    .summary('judge a logout token, rule by rule')
    .description(
      [
        'Judges a logout token as the receiver does, and says for each rule whether it holds, and where it comes from.',
        'The token is read from standard input: until it expires, it is a secret, and arguments show in process lists and shell histories. The whole body of a request (logout_token=...) is taken too.',
        'The output shows what the token says, and so whom it is about.',
      ].join('\n\n'),
    )
    .argument('[token]', 'the token, where it need not be kept secret any more')
    .option('--relying-parties <file>', 'issuers and clients of the receiver', 'relying-parties.json')
    .option('--jwks <file>', "the JWKS of the token's issuer; without it, the issuer is asked")
    .option('--secrets <file>', 'client secrets and decryption keys, a JSON object by secretId')
    .option('--at <time>', 'judge as if received then: ISO 8601, or seconds since 1970 (default: now)', parseMoment)
    .addHelpText(
      'after',
      `
Exit codes: 0 accepted, 1 not accepted, 2 the input or a file cannot be understood,
3 keys or secrets could not be had.

Examples:
  logout-receiver verify < token.txt
  logout-receiver verify --jwks jwks.json --at 2026-11-27T10:00:00Z < token.txt`,
    )
    .action(
      commandLine.action(async (argument, options) => {
        const file = readWrittenRelyingPartiesFile(options.relyingParties);
        const bring = options.jwks === undefined ? asking(commandLine) : keysInFile(options.jwks);
        const secrets = secretsIn(options.secrets, file.relyingParties);
        if (argument !== undefined) {
          commandLine.progress(TOKEN_IS_SECRET);
        }
        const input = await logoutTokenInput(argument, commandLine.terminal);
        return await verdictOn(input, options.at ?? exactEpochSeconds(), file, {
          keys: new KeysOfVerdict(bring),
          secrets,
          decryptionKeys: new DecryptionKeySource(secrets),
        });
      }),
    );
};

function asking({ progress }: CommandLine): BringKeys {
  return async (location) => {
    progress(`Asking ${location.issuer} for its keys...`);
    return await keysOfIssuer(location);
  };
}

function secretsIn(path: string | undefined, relyingParties: readonly RelyingParty[]): SecretSource {
  const secrets = path === undefined ? undefined : secretsAt(path, relyingParties);
  return new SecretSource(async (secretId) => {
    const secret = secrets?.get(secretId);
    if (secret === undefined) {
      const where = path === undefined ? 'is needed: give it with --secrets FILE' : `is not in ${path}`;
      throw new SecretError(`the secret ${secretId} ${where}`);
    }
    return secret;
  });
}

function secretsAt(path: string, relyingParties: readonly RelyingParty[]): ReadonlyMap<string, string> {
  try {
    return readSecretsFile(path, secretIdsOf(relyingParties));
  } catch (error) {
    throw error instanceof SecretsFileError ? new UsageError(error.message) : error;
  }
}
