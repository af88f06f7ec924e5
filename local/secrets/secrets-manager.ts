import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import { readSecretsFile, SecretsFileError } from '../../receiver/relying-parties/secrets-file.ts';
import { localAccount } from '../local-account.ts';
import { readBody } from '../loopback/http-request.ts';
import { listenOnLoopback } from '../loopback/loopback-server.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import type { StartOptions } from '../start-options.ts';

/** A secret id has 2048 characters at most. */
const MOST_BODY_BYTES = 16_384;

/** Whoever asks for another version than the current one must not be given that. */
const GetSecretValueInput = z.strictObject({ SecretId: z.string() });

/** Where the secrets are. */
export interface SecretsSource {
  /** Path of the secrets file. It is read for every request, so that a secret can be rotated. */
  readonly secretsFile: string;
  /** Of the relying parties: what errors may name. */
  readonly secretIds: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/**
 * Serves the secrets that the relying parties name.
 *
 * @param secretIds that they name
 * @returns the endpoint; undefined where there is no secrets file
 * @throws StartupError where one is missing
 * @throws SecretsFileError where the secrets file is broken
 */
export async function openSecretsManager(
  options: Pick<StartOptions, 'secretsFile' | 'relyingPartiesFile'>,
  secretIds: readonly string[],
  shutdown: Shutdown,
): Promise<string | undefined> {
  requireSecrets(options, secretIds);
  const { secretsFile } = options;
  return secretsFile === undefined ? undefined : await serveSecretsManager({ secretsFile, secretIds }, shutdown);
}

/**
 * Makes sure that there are the secrets that the relying parties name.
 *
 * @throws StartupError where one is missing
 * @throws SecretsFileError where the secrets file is broken
 */
export function requireSecrets(
  { secretsFile, relyingPartiesFile }: Pick<StartOptions, 'secretsFile' | 'relyingPartiesFile'>,
  secretIds: readonly string[],
): void {
  const secrets = secretsFile === undefined ? undefined : readSecretsFile(secretsFile, secretIds);
  const missing = secretIds.filter((secretId) => !secrets?.has(secretId));
  if (missing.length > 0) {
    const where = secretsFile === undefined ? 'are not given' : `are not in ${secretsFile}`;
    throw new StartupError(
      `${relyingPartiesFile} names secrets that ${where}: ${missing.join(', ')} (give them with --secrets FILE)`,
    );
  }
}

/**
 * Serves secrets on a free port of 127.0.0.1, as AWS Secrets Manager does: GetSecretValue, and nothing else.
 *
 * @returns its endpoint
 */
export async function serveSecretsManager(source: SecretsSource, shutdown: Shutdown): Promise<string> {
  // The port can be found by other users of this machine, and by web pages whose name leads to loopback. The path is
  // what only the function is told.
  const path = `/${randomBytes(16).toString('hex')}`;
  const server = createServer((message, response) => {
    answer(message, path, source)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
      })
      // The client is gone, and nobody is left to answer.
      .catch(() => response.destroy());
  });
  const port = await listenOnLoopback(server, 0, shutdown);
  return `http://127.0.0.1:${port}${path}`;
}

async function answer(message: IncomingMessage, path: string, source: SecretsSource): Promise<Answer> {
  const body = await readBody(message, MOST_BODY_BYTES);
  const { method, url, headers } = message;
  const operation = method === 'POST' && url === `${path}/` && headers['x-amz-target'];
  if (operation !== 'secretsmanager.GetSecretValue') {
    return failure(400, 'UnknownOperationException', 'the local run knows GetSecretValue only');
  }
  const secretId = body && parseSecretId(body);
  return secretId === undefined
    ? failure(400, 'InvalidParameterException', 'the local run takes a SecretId and nothing else')
    : secretValue(secretId, source);
}

function secretValue(secretId: string, { secretsFile, secretIds }: SecretsSource): Answer {
  try {
    const secret = readSecretsFile(secretsFile, secretIds).get(secretId);
    const changedAt = statSync(secretsFile).mtimeMs / 1000;
    return secret === undefined
      ? failure(400, 'ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
      : { status: 200, body: getSecretValueOutput(secretId, secret, changedAt) };
  } catch (error) {
    const reason = error instanceof SecretsFileError ? error.message : 'the secrets file cannot be used';
    return failure(500, 'InternalServiceError', reason);
  }
}

/** @param changedAt in seconds since the epoch */
function getSecretValueOutput(secretId: string, secret: string, changedAt: number): object {
  return {
    ...namesOf(secretId),
    VersionId: hexHash(secret, 32),
    SecretString: secret,
    VersionStages: ['AWSCURRENT'],
    CreatedDate: changedAt,
  };
}

/** Secrets Manager puts a hyphen and six characters behind the name in a secret's ARN. */
function namesOf(secretId: string): { ARN: string; Name: string } {
  const name = secretId.match(/^arn:(?:[^:]*:){5}(.+)-[A-Za-z0-9]{6}$/)?.[1];
  if (name !== undefined) {
    return { ARN: secretId, Name: name };
  }
  const { partition, region, id } = localAccount;
  return {
    ARN: `arn:${partition}:secretsmanager:${region}:${id}:secret:${secretId}-${hexHash(secretId, 6)}`,
    Name: secretId,
  };
}

function parseSecretId(body: Buffer): string | undefined {
  try {
    return GetSecretValueInput.safeParse(JSON.parse(body.toString())).data?.SecretId;
  } catch {
    return undefined;
  }
}

function failure(status: number, type: string, message: string): Answer {
  return { status, body: { __type: type, message } };
}

function hexHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}
