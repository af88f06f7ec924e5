import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  ListSecretsCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { localAccount } from '../../../local/local-account.ts';
import { createShutdown, type Shutdown } from '../../../local/process/shutdown.ts';
import { StartupError } from '../../../local/process/startup-error.ts';
import { openSecretsManager, serveSecretsManager } from '../../../local/secrets/secrets-manager.ts';
import { SecretsFileError } from '../../../receiver/relying-parties/secrets-file.ts';
import { temporaryDirectory } from '../functions/bundle.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:clients/forum-a1B2c3';

let shutdown: Shutdown;
let secretsFile: string;
let endpoint: string;
let client: SecretsManagerClient;

beforeEach(async () => {
  shutdown = createShutdown();
  secretsFile = join(temporaryDirectory(), 'secrets.json');
  write({ 'clients/shop': 'first', [ARN]: 'of the forum', 'keys/shop': { keys: [{ kty: 'oct', k: 'AQAB' }] } });
  endpoint = await serveSecretsManager({ secretsFile, secretIds: ['clients/shop'] }, shutdown);
  client = new SecretsManagerClient({ ...localAccount, endpoint, maxAttempts: 1 });
  return async () => {
    client.destroy();
    await shutdown.end();
  };
});

function write(secrets: object): void {
  writeFileSync(`${secretsFile}.new`, JSON.stringify(secrets));
  renameSync(`${secretsFile}.new`, secretsFile);
}

function read(SecretId: string): Promise<GetSecretValueCommandOutput> {
  return client.send(new GetSecretValueCommand({ SecretId }));
}

/** Asks as the SDK does, but for what the test changes. */
function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${endpoint}${path}`, {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.GetSecretValue', ...headers },
    body,
  });
}

describe('the secrets that relying parties name', () => {
  const relyingPartiesFile = '/relying-parties.json';

  it('are served when the file holds them', async () => {
    endpoint = (await openSecretsManager({ relyingPartiesFile, secretsFile }, ['clients/shop'], shutdown)) ?? '';
    expect(await (await post('/', '{"SecretId":"clients/shop"}')).json()).toMatchObject({ SecretString: 'first' });
  });

  it('are not served without a file', async () => {
    expect(await openSecretsManager({ relyingPartiesFile }, [], shutdown)).toBeUndefined();
  });

  it('can be named later: those of a file are served also when none is named yet', async () => {
    endpoint = (await openSecretsManager({ relyingPartiesFile, secretsFile }, [], shutdown)) ?? '';
    expect(await (await post('/', '{"SecretId":"clients/shop"}')).json()).toMatchObject({ SecretString: 'first' });
  });

  it('are all named that are missing', async () => {
    await expect(openSecretsManager({ relyingPartiesFile }, ['one', 'other'], shutdown)).rejects.toThrow(
      new StartupError(
        '/relying-parties.json names secrets that are not given: one, other (give them with --secrets FILE)',
      ),
    );
    const options = { relyingPartiesFile, secretsFile };
    await expect(openSecretsManager(options, ['one', 'clients/shop'], shutdown)).rejects.toThrow(
      new StartupError(
        `/relying-parties.json names secrets that are not in ${secretsFile}: one (give them with --secrets FILE)`,
      ),
    );
  });

  it('are asked of a file that is checked also when there are none', async () => {
    writeFileSync(secretsFile, 'private');
    await expect(openSecretsManager({ relyingPartiesFile, secretsFile }, [], shutdown)).rejects.toThrow(
      new SecretsFileError(`${secretsFile}: not JSON: line 1, column 1: text without double quotes around it`),
    );
  });
});

describe('the local Secrets Manager', () => {
  it('gives a secret as AWS does', async () => {
    const { $metadata, ...output } = await read('clients/shop');
    expect($metadata.httpStatusCode).toBe(200);
    expect(output).toEqual({
      ARN: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:clients\/shop-[A-Za-z0-9]{6}$/),
      Name: 'clients/shop',
      VersionId: expect.stringMatching(/^[0-9a-f]{32}$/),
      SecretString: 'first',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: expect.any(Date),
    });
    expect(Math.abs(Number(output.CreatedDate) - Date.now())).toBeLessThan(60_000);
  });

  it('gives a secret by its ARN', async () => {
    expect(await read(ARN)).toMatchObject({ ARN, Name: 'clients/forum', SecretString: 'of the forum' });
  });

  it('gives an object as its JSON text', async () => {
    expect((await read('keys/shop')).SecretString).toBe('{"keys":[{"kty":"oct","k":"AQAB"}]}');
  });

  it.each(['unknown', 'clients', 'constructor', '__proto__'])('has no secret %s', async (secretId) => {
    await expect(read(secretId)).rejects.toThrow(ResourceNotFoundException);
  });

  it('gives a rotated secret at once, as another version', async () => {
    const before = await read('clients/shop');
    write({ 'clients/shop': 'second' });
    const after = await read('clients/shop');
    expect(after.SecretString).toBe('second');
    expect(after.VersionId).not.toBe(before.VersionId);
    await expect(read('keys/shop')).rejects.toThrow(ResourceNotFoundException);
  });

  it.each([
    ['not JSON', () => writeFileSync(secretsFile, '{"clients/shop": private}'), 'not JSON: line 1, column 18: .*'],
    ['wrong', () => write({ 'clients/shop': ['private'] }), 'clients/shop: allowed is .*'],
    ['gone', () => rmSync(secretsFile), 'cannot be read \\(ENOENT\\)'],
  ])('fails without a word of what is in it while the file is %s, and no longer', async (_what, breakFile, problem) => {
    breakFile();
    await expect(read('clients/shop')).rejects.toMatchObject({
      name: 'InternalServiceError',
      message: expect.stringMatching(new RegExp(`^${secretsFile}: (?!.*private)${problem}$`)),
      $metadata: { httpStatusCode: 500 },
    });
    write({ 'clients/shop': 'mended' });
    expect((await read('clients/shop')).SecretString).toBe('mended');
  });

  it('knows no other operation', async () => {
    await expect(client.send(new ListSecretsCommand())).rejects.toMatchObject({
      name: 'UnknownOperationException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('gives no other version than the current one', async () => {
    const command = new GetSecretValueCommand({ SecretId: 'clients/shop', VersionStage: 'AWSPREVIOUS' });
    await expect(client.send(command)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  const question = '{"SecretId":"clients/shop"}';
  it.each<[string, () => Promise<Response>, string]>([
    ['without its path', () => fetch(new URL('/', endpoint), { method: 'POST' }), 'UnknownOperationException'],
    ['on another path', () => post('/more', question), 'UnknownOperationException'],
    ['with another method', () => fetch(`${endpoint}/`), 'UnknownOperationException'],
    [
      'for another service',
      () => post('/', question, { 'x-amz-target': 'DynamoDB_20120810.GetSecretValue' }),
      'UnknownOperationException',
    ],
    ['with no JSON', () => post('/', 'private'), 'InvalidParameterException'],
    ['with no secret id', () => post('/', '{}'), 'InvalidParameterException'],
    ['with a body of 17 KB', () => post('/', question.padEnd(17_000)), 'InvalidParameterException'],
  ])('refuses a request %s', async (_what, ask, type) => {
    const response = await ask();
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(await response.json()).toEqual({ __type: type, message: expect.not.stringContaining('first') });
  });

  it('is on a path that is another one each time', async () => {
    const other = createShutdown();
    onTestFinished(() => other.end());
    const { pathname } = new URL(await serveSecretsManager({ secretsFile, secretIds: [] }, other));
    expect(pathname).toMatch(/^\/[0-9a-f]{32}$/);
    expect(new URL(endpoint).pathname).not.toBe(pathname);
  });

  it('is gone when the local run ends', async () => {
    expect((await post('/', question)).status).toBe(200);
    await shutdown.end();
    await expect(post('/', question)).rejects.toThrow();
  });
});
