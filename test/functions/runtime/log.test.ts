import { once } from 'node:events';
import { connect } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { describeError } from '../../../functions/runtime/log.ts';
import { TimeBudgetSpent, withinBudget } from '../../../functions/runtime/time-budget.ts';
import { fetchJson } from '../../../receiver/jwks/fetch-json.ts';
import { JwksError } from '../../../receiver/jwks/jwks-error.ts';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { LogoutFailure } from '../../../receiver/logout/rejection.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { startIssuer } from '../../issuer.ts';

const LOOPBACK = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));

const caught = (work: () => unknown): Promise<unknown> =>
  new Promise((resolve) => resolve(work())).then(
    () => undefined,
    (error: unknown) => error,
  );

const fetched = (url: string) =>
  fetchJson(url, { signal: new AbortController().signal, connectMilliseconds: 600_000, allowPrivateAddresses: false });

async function answered(body: string, status = 200) {
  const op = await startIssuer();
  onTestFinished(() => op.stop());
  op.answerJwks = (response) => response.writeHead(status).end(body);
  return await fetched(`${op.issuer}/jwks`);
}

const keysIn = (secret: string) => new DecryptionKeySource(new SecretSource(async () => secret)).read('keys/shop');

const dynamodb = (settings: object) =>
  new DynamoDBClient({
    endpoint: inject('dynamodbEndpoint'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    ...settings,
  }).send(new ListTablesCommand({ Limit: 101 }));

describe('an error that was foreseen is logged as what it says, without a stack', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a host that does not exist', () => fetched('https://op.invalid/jwks'), /^Error: getaddrinfo E\w+ op\.invalid$/],
    ['a server that is down', () => fetched('http://127.0.0.1:1/jwks'), /^Error: connect ECONNREFUSED 127\.0\.0\.1:1$/],
    [
      'a refused address',
      () => fetched('https://10.0.0.1/jwks'),
      /^IssuerError: .* is an address that is not allowed$/,
    ],
    ['a status of an issuer', () => answered('', 502), /^IssuerError: http.*\/jwks answered 502$/],
    ['an answer that is not JSON', () => answered('<html>'), /^IssuerError: http.*\/jwks answered what is not JSON$/],
    ['a document of another form', () => z.object({ keys: z.string() }).parse({}), /^\$ZodError: /],
    ['what DynamoDB refuses', () => dynamodb({}), /^ValidationException: /],
    ['a DynamoDB that is down', () => dynamodb({ endpoint: 'http://127.0.0.1:1' }), /ECONNREFUSED/],
    ['a secret that holds no keys', () => keysIn('swordfish'), /^SecretError: the secret keys\/shop is no JWK Set/],
    ['a spent time budget', () => withinBudget(0, () => new Promise(() => undefined)), /^TimeBudgetSpent: not done /],
    ['a signal that aborts', () => AbortSignal.abort().throwIfAborted(), /^AbortError: /],
  ])('%s', async (_what, work, message) => {
    expect(describeError(await caught(work))).toEqual({ error: expect.stringMatching(message) });
  });

  it('with its causes', () => {
    const cause = new JwksError('jwks_unavailable', 'the keys cannot be had', { cause: new TimeBudgetSpent('late') });
    expect(describeError(new LogoutFailure('jwks_unavailable', cause))).toEqual({
      error: expect.stringMatching(/^LogoutFailure: jwks_unavailable: /),
      cause: { error: 'JwksError: the keys cannot be had', cause: { error: 'TimeBudgetSpent: late' } },
    });
  });

  it('and where a name has several addresses, as what it says of each', async () => {
    const socket = connect({ port: 1, host: 'op.test', lookup: (_host, _options, done) => done(null, LOOPBACK) });
    const [error] = await once(socket, 'error').catch((cause: unknown) => [cause]);
    expect(describeError(error)).toEqual({
      error: 'AggregateError: connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED 127.0.0.2:1',
    });
  });
});

describe('an error that nobody foresaw is logged with its stack', () => {
  it.each<[string, () => unknown]>([
    ['a type error', () => Reflect.apply(Array.prototype.map, [], [undefined])],
    ['a type error of Node', () => Reflect.apply(Buffer.from, Buffer, [5])],
    ['an error without a name of its own', () => Promise.reject(new Error('broken'))],
  ])('%s', async (_what, work) => {
    const { error, stack } = describeError(await caught(work));
    expect(stack).toMatch(/^ +at /m);
    expect(error).not.toContain('\n');
  });

  it('where it is the cause of another one', () => {
    const { stack, cause } = describeError(new LogoutFailure('store_unavailable', new TypeError('broken')));
    expect(stack).toBeUndefined();
    expect(cause).toMatchObject({ error: 'TypeError: broken', stack: expect.stringContaining('log.test.ts') });
  });

  it('and what is no error by its type: nobody knows what it holds', () => {
    expect(describeError('secret')).toEqual({ error: 'string' });
  });
});
