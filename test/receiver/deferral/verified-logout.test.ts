import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../../../receiver/deferral/deferred-logout.ts';
import { deferredLogoutFrom } from '../../../receiver/deferral/queue-message.ts';
import { carryOut } from '../../../receiver/logout/completed-logout.ts';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { type LogoutParts, logout } from '../../../receiver/logout/logout.ts';
import { LogoutFailure } from '../../../receiver/logout/rejection.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { signedToken, startIssuer, type TestIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';
import { type Claims, epochSeconds, validClaims } from '../../logout-token.ts';
import { indexOf } from '../../relying-parties-index.ts';
import { newTable } from '../../tables.ts';

const never = new AbortController().signal;

let op: TestIssuer;
let dynamodb: DynamodbProxy;
let secret: string;

beforeAll(async () => {
  [op, dynamodb] = await Promise.all([startIssuer('EdDSA'), startDynamodbProxy(1)]);
  secret = randomBytes(32).toString('hex');
});

afterAll(async () => {
  await Promise.all([op.stop(), dynamodb.stop()]);
});

/** The parts of a function instance that has just started. */
async function newParts(tableName: string, clientSecret: string): Promise<LogoutParts> {
  const { issuer } = op;
  const relyingParties = indexOf([
    { issuer, clientId: 'shop' },
    { issuer, clientId: 'forum' },
    { issuer, clientId: 'symmetric', algorithms: ['HS256'], clientSecret: { secretId: 'secret' } },
  ]);
  const secrets = new SecretSource(async () => clientSecret);
  return {
    relyingParties,
    keys: await newKeySource(),
    secrets,
    decryptionKeys: new DecryptionKeySource(secrets),
    sessionsTable: { client: dynamodb.client, tableName },
  };
}

const sign = async (claims: Claims) =>
  claims.aud === 'symmetric'
    ? await signedToken(claims, { alg: 'HS256' }, new TextEncoder().encode(secret))
    : await op.sign(claims, { alg: 'EdDSA' });

/** Delivers a logout while DynamoDB fails. @returns what is kept of it */
async function deferred(token: string, parts: LogoutParts): Promise<string> {
  dynamodb.fateOf = () => 'fail';
  const failure = await logout(token, epochSeconds(), parts, never).catch((error: unknown) => error);
  dynamodb.fateOf = () => 'pass';
  const order = failure instanceof LogoutFailure ? failure.order : undefined;
  expect(order).toBeDefined();
  return order ? messageOf({ order, receivedAt: epochSeconds() }) : '';
}

describe('a logout that was verified when DynamoDB failed', () => {
  it.each<[string, string | string[], () => void]>([
    ['the OP does not publish its key any more', 'shop', () => op.published.splice(0)],
    ['the OP cannot be reached any more', 'shop', () => (op.answerJwks = (response) => response.destroy())],
    ['the client secret was changed', 'symmetric', () => undefined],
    ['it is for two clients, and the OP forgot its key', ['shop', 'forum'], () => op.published.splice(0)],
  ])('is carried out by another instance though %s', async (_case, aud, happen) => {
    const [published, now] = [[...op.published], epochSeconds()];
    const { tableName } = await newTable('sessions');
    const parts = await newParts(tableName, secret);
    const store = new SessionStore(parts.sessionsTable);
    const [sub, sid] = [randomUUID(), randomUUID()];
    const logins = await Promise.all(
      [aud].flat().map((clientId) =>
        store.create({
          ...{ issuer: op.issuer, clientId, sub, sid, idTokenIssuedAt: now - 60 },
          ...{ expiresAt: now + 3600, data: {} },
        }),
      ),
    );
    const token = await sign(validClaims(op.issuer, 'shop', { aud, sub, sid }));
    const message = await deferred(token, parts);
    happen();
    const kept = deferredLogoutFrom(message);
    const later = await newParts(tableName, randomBytes(32).toString('hex'));
    const outcome = 'order' in kept ? await carryOut(kept.order, later.sessionsTable, never) : undefined;
    expect(outcome).toMatchObject({ scope: 'sid', sessionsEnded: logins.length, sessionsOfAnotherSub: 0 });
    const left = await Promise.all(logins.map(({ id }) => store.get(id)));
    expect(left).toEqual(logins.map(() => undefined));
    Object.assign(op, { published, answerJwks: undefined });
  });

  it('is kept without its token, and with nothing personal in clear', async () => {
    const parts = await newParts((await newTable('sessions')).tableName, '');
    const [sub, sid] = [randomUUID(), randomUUID()];
    const token = await sign(validClaims(op.issuer, 'shop', { sub, sid }));
    const message = await deferred(token, parts);
    const [, payload = '', signature = ''] = token.split('.');
    for (const secretText of [sub, sid, payload, signature]) {
      expect(message).not.toContain(secretText);
    }
  });

  it('is refused for good where its jti turns out to be another token’s', async () => {
    const parts = await newParts((await newTable('sessions')).tableName, '');
    const jti = randomUUID();
    const message = await deferred(await sign(validClaims(op.issuer, 'shop', { jti, sid: 'a1' })), parts);
    await logout(await sign(validClaims(op.issuer, 'shop', { jti, sid: 'b2' })), epochSeconds(), parts, never);
    const kept = deferredLogoutFrom(message);
    const outcome = 'order' in kept ? carryOut(kept.order, parts.sessionsTable, never) : undefined;
    await expect(outcome).rejects.toMatchObject({ name: 'Rejection', reason: 'jti_reused', order: { jti } });
  });
});
