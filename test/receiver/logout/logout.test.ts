import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carryOut } from '../../../receiver/logout/completed-logout.ts';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { type LogoutParts, logout } from '../../../receiver/logout/logout.ts';
import { LogoutFailure } from '../../../receiver/logout/rejection.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';
import { LOGOUT_STEPS } from '../../logout-steps.ts';
import { epochSeconds, validClaims } from '../../logout-token.ts';
import { indexOf } from '../../relying-parties-index.ts';
import { addCopies } from '../../relying-party/sessions/session-copies.ts';
import { newTable, type TestTable } from '../../tables.ts';

let op: TestIssuer;
let dynamodb: DynamodbProxy;
let parts: LogoutParts;
let store: SessionStore;
/** Past the proxy. */
let table: TestTable;
let unwatched: SessionStore;

beforeEach(async () => {
  [op, dynamodb] = await Promise.all([startIssuer('EdDSA'), startDynamodbProxy(1)]);
  const relyingParties = indexOf([
    { issuer: op.issuer, clientId: 'shop' },
    { issuer: op.issuer, clientId: 'forum', replay: 'refuse' },
  ]);
  table = await newTable('sessions');
  unwatched = new SessionStore(table);
  const secrets = new SecretSource(async () => '');
  parts = {
    relyingParties,
    keys: await newKeySource(),
    secrets,
    decryptionKeys: new DecryptionKeySource(secrets),
    sessionsTable: { client: dynamodb.client, tableName: table.tableName },
  };
  store = new SessionStore(parts.sessionsTable);
});

afterEach(async () => {
  await Promise.all([op.stop(), dynamodb.stop()]);
});

async function signIn(sub: string, sid: string, at = store): Promise<string> {
  const now = epochSeconds();
  const login = { issuer: op.issuer, clientId: 'shop', sub, sid, idTokenIssuedAt: now - 60 };
  return (await at.create({ ...login, expiresAt: now + 3600, data: {} })).id;
}

const tokenFor = async (scope: object) =>
  await op.sign({ ...validClaims(op.issuer, 'shop'), ...scope }, { alg: 'EdDSA' });

const never = new AbortController().signal;

describe('a logout', () => {
  it('tells how many sessions it ended, and how many of them were of another sub than the token’s', async () => {
    const sid = randomUUID();
    await Promise.all(['alice', 'alice@shop', 'alice@forum'].map((sub) => signIn(sub, sid)));
    await signIn('alice', 'another');
    expect(await logout(await tokenFor({ sub: 'alice', sid }), epochSeconds(), parts, never)).toMatchObject({
      sessionsEnded: 3,
      sessionsOfAnotherSub: 2,
      isReplay: false,
    });
    expect(await logout(await tokenFor({ sid: 'another' }), epochSeconds(), parts, never)).toMatchObject({
      sessionsEnded: 1,
      sessionsOfAnotherSub: 0,
    });
  });

  it('claims its jti together with what is to end, and writes no more than the claim and the marker', async () => {
    const sid = randomUUID();
    await logout(await tokenFor({ sid }), epochSeconds(), parts, never);
    expect(dynamodb.operations.toSorted()).toEqual(['Query', 'Query', 'UpdateItem', 'UpdateItem']);
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
    expect(Items.find(({ sk }) => sk === 'JTI')).toMatchObject({
      endings: [
        {
          partition: scopePartition({ issuer: op.issuer, clientId: 'shop', sid }),
          maxSessionLifetimeSeconds: expect.any(Number),
          allowanceSeconds: expect.any(Number),
        },
      ],
    });
  });

  it('whose token was delivered before is done again, and refused where the relying party wants it so', async () => {
    const [toShop, toForum] = [await tokenFor({ sid: 'a1' }), await tokenFor({ sid: 'a1', aud: 'forum' })];
    expect(await logout(toShop, epochSeconds(), parts, never)).toMatchObject({ isReplay: false });
    expect(await logout(toShop, epochSeconds(), parts, never)).toMatchObject({ isReplay: true });
    expect(await logout(toForum, epochSeconds(), parts, never)).toMatchObject({ isReplay: false });
    await expect(logout(toForum, epochSeconds(), parts, never)).rejects.toMatchObject({
      name: 'Rejection',
      reason: 'token_replayed',
      order: { issuer: op.issuer },
    });
  });

  it('that the table refuses fails with that reason and what it orders', async () => {
    dynamodb.fateOf = () => 'fail';
    const attempt = logout(await tokenFor({ sid: 'a1' }), epochSeconds(), parts, never);
    await expect(attempt).rejects.toMatchObject({
      name: 'LogoutFailure',
      reason: 'store_unavailable',
      order: { issuer: op.issuer, scope: 'sid' },
    });
  });

  it('that was verified before, and takes too long again, fails with what it orders', async () => {
    dynamodb.fateOf = () => 'fail';
    const failure: unknown = await logout(await tokenFor({ sid: 'a1' }), epochSeconds(), parts, never).catch(
      (error: unknown) => error,
    );
    const order = failure instanceof LogoutFailure ? failure.order : undefined;
    expect.assert(order !== undefined);
    dynamodb.fateOf = () => 'hang';
    const spent = new AbortController();
    const attempt = carryOut(order, parts.sessionsTable, spent.signal);
    spent.abort();
    await expect(attempt).rejects.toMatchObject({ reason: 'time_budget_spent', order });
  });

  it('under a jti that another scope has taken is refused, and ends nothing', async () => {
    const [first, second] = [await tokenFor({ sid: 'a1', jti: 'once' }), await tokenFor({ sid: 'a2', jti: 'once' })];
    const id = await signIn('alice', 'a2');
    await logout(first, epochSeconds(), parts, never);
    await expect(logout(second, epochSeconds(), parts, never)).rejects.toMatchObject({
      name: 'Rejection',
      reason: 'jti_reused',
      order: { issuer: op.issuer },
    });
    expect(await store.get(id)).toBeDefined();
  });

  it.each(LOGOUT_STEPS.map(([request, step]) => ({ request, step })))(
    'whose time is spent, for the request that $step is never answered, fails with that reason, and can be carried out again',
    async ({ request }) => {
      const id = await signIn('alice', 'a1');
      const token = await tokenFor({ sid: 'a1' });
      let arrive: () => void = () => undefined;
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      dynamodb.fateOf = (_operation, _index, { body }) => {
        if (!request.test(body)) {
          return 'pass';
        }
        arrive();
        return 'hang';
      };
      const spent = new AbortController();
      const attempt = logout(token, epochSeconds(), parts, spent.signal);
      await arrived;
      spent.abort();
      await expect(attempt).rejects.toMatchObject({
        name: 'LogoutFailure',
        reason: 'time_budget_spent',
        order: { issuer: op.issuer, scope: 'sid' },
      });
      dynamodb.fateOf = () => 'pass';
      expect(await logout(token, epochSeconds(), parts, never)).toMatchObject({ scope: 'sid' });
      expect(await store.get(id)).toBeUndefined();
    },
  );

  it('of more sessions than it has time for ends some, and the rest when it is carried out again', async () => {
    const session = await unwatched.get(await signIn('alice', 'a1', unwatched));
    expect.assert(session !== undefined);
    await addCopies(table, session, 119);
    const token = await tokenFor({ sub: 'alice' });
    const spent = new AbortController();
    let batches = 0;
    dynamodb.fateOf = (name) => {
      if (name === 'BatchWriteItem' && ++batches === 4) {
        spent.abort();
      }
      return 'pass';
    };
    await expect(logout(token, epochSeconds(), parts, spent.signal)).rejects.toMatchObject({
      reason: 'time_budget_spent',
    });
    const { length: left } = await store.list({ issuer: op.issuer, clientId: 'shop', sub: 'alice' });
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(120);
    // What was under way when the time was spent may have ended too.
    const { sessionsEnded } = await logout(token, epochSeconds(), parts, never);
    expect(sessionsEnded).toBeLessThanOrEqual(left);
    expect(await store.list({ issuer: op.issuer, clientId: 'shop', sub: 'alice' })).toEqual([]);
  });
});
