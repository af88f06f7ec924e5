import { randomBytes, randomUUID } from 'node:crypto';
import { exportJWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signedToken, startIssuer, type TestIssuer } from '../issuer.ts';
import { type LentKeyPairs, lentKeyPairs } from '../key-pairs.ts';
import { callsOfAws, callsOfKms, rolesByFolder } from '../least-privilege/calls-of-aws.ts';
import { commandsIn } from '../least-privilege/commands-in-code.ts';
import permissions from '../least-privilege/permissions.json' with { type: 'json' };
import { listOf, permissionsIn } from '../least-privilege/policies.ts';
import type { RecordedCall } from '../least-privilege/recorded-call.ts';
import { type RecordedRun, startRecordedRun } from '../least-privilege/recorded-run.ts';
import { callsNotAllowed, permissionsNotUsed, type RoleCall } from '../least-privilege/role-call.ts';
import { type Claims, encrypted, epochSeconds, validClaims } from '../logout-token.ts';

/** Without relying parties in AppConfig. `test/functions/relying-parties-in-appconfig` makes these calls. */
const OF_APPCONFIG = ['appconfig:StartConfigurationSession', 'appconfig:GetLatestConfiguration'];
/** Commands that are in the code of a function, where it never comes to them. */
const OUT_OF_REACH: Readonly<Record<string, readonly string[]>> = {
  // Only what takes messages from a queue puts them off.
  'backchannel-logout': [...OF_APPCONFIG, 'sqs:ChangeMessageVisibility'],
  'deferred-logout': OF_APPCONFIG,
  'interrupted-logout': ['sqs:ChangeMessageVisibility'],
  // It makes up the jti of each of its logouts, so no earlier claim is in the way.
  'frontchannel-logout': [...OF_APPCONFIG, 'dynamodb:DeleteItem', 'sqs:ChangeMessageVisibility'],
  'jwks-refresh': OF_APPCONFIG,
};

const SECRET = randomBytes(32).toString('base64url');

let keyPairs: LentKeyPairs;
let op: TestIssuer;
/** Has no keys until it is lit. */
let dark: TestIssuer;
let seal: (token: string) => Promise<string>;
let run: RecordedRun;

beforeAll(async () => {
  keyPairs = lentKeyPairs();
  [op, dark] = await Promise.all([startIssuer('EdDSA'), startIssuer('EdDSA')]);
  dark.answerJwks = (response) => response.writeHead(500).end();
  const { issuer } = op;
  const { publicKey, privateKey } = await keyPairs.take('ECDH-ES');
  seal = (token) => encrypted(token, publicKey, { alg: 'ECDH-ES', enc: 'A128GCM' });
  run = await startRecordedRun(
    [
      { issuer, clientId: 'shop', frontchannelLogout: true },
      { issuer, clientId: 'symmetric', algorithms: ['HS256'], clientSecret: { secretId: 'clients/shop' } },
      { issuer, clientId: 'sealed', decryptionKeys: { secretId: 'keys/shop' } },
      { issuer: dark.issuer, clientId: 'shop', jwksUri: `${dark.issuer}/jwks` },
    ],
    {
      'clients/shop': SECRET,
      'keys/shop': { keys: [{ ...(await exportJWK(privateKey)), alg: 'ECDH-ES', use: 'enc' }] },
    },
  );
});

afterAll(async () => {
  await run.stop();
  await Promise.all([op.stop(), dark.stop()]);
  keyPairs.giveBack();
});

afterEach(() => {
  run.fails = () => false;
});

interface SignedIn {
  readonly id: string;
  readonly sub: string;
  readonly sid: string;
}

async function signIn(
  login: { clientId?: string; issuer?: string; sub?: string; sid?: string } = {},
): Promise<SignedIn> {
  const now = epochSeconds();
  const [sub, sid] = [randomUUID(), randomUUID()];
  const session = { issuer: op.issuer, clientId: 'shop', sub, sid, ...login, idTokenIssuedAt: now - 7200 };
  return { ...session, id: (await run.store.create({ ...session, expiresAt: now + 3600, data: {} })).id };
}

/** @returns the status of the answer: 400 where the logout was deferred, 503 where it could not be kept either */
async function post(token: string): Promise<number> {
  const body = new URLSearchParams({ logout_token: token });
  return (await fetch(run.backchannelLogoutUri, { method: 'POST', body })).status;
}

async function logOut(claims: Claims, issuer = op): Promise<number> {
  return await post(await issuer.sign(validClaims(issuer.issuer, 'shop', claims), { alg: 'EdDSA' }));
}

const ended = async (...sessions: SignedIn[]) => {
  for (const { id } of sessions) {
    await expect.poll(() => run.store.get(id)).toBeUndefined();
  }
};

/** The calls of a function: by the beginning of its logical id. */
const of =
  (name: string, ...actions: string[]) =>
  ({ functionId = '', action }: RecordedCall) =>
    functionId.startsWith(name) && actions.includes(action);

const anyOf =
  (...filters: ((call: RecordedCall) => boolean)[]) =>
  (call: RecordedCall) =>
    filters.some((filter) => filter(call));

/** Waits until a function has called an action of a resource. */
const isCalled = async (name: string, action: string, resource: string) =>
  await expect
    .poll(() => listOf(run.calls(), run.stacks)[`role/${name}FunctionRole`]?.[resource] ?? [])
    .toContain(action);

describe('the functions make their calls when', () => {
  it('Secrets Manager fails at the receipt of tokens, and works later', async () => {
    run.fails = of('BackchannelLogout', 'secretsmanager:GetSecretValue');
    const [symmetric, sealed] = [await signIn({ clientId: 'symmetric' }), await signIn({ clientId: 'sealed' })];
    const claims = validClaims(op.issuer, 'symmetric', { sid: symmetric.sid });
    expect(await post(await signedToken(claims, { alg: 'HS256' }, Buffer.from(SECRET)))).toBe(400);
    const inner = await op.sign(validClaims(op.issuer, 'sealed', { sid: sealed.sid }), { alg: 'EdDSA' });
    expect(await post(await seal(inner))).toBe(400);
    await ended(symmetric, sealed);
  });

  it('logouts end one session, several sessions, and none', async () => {
    const sub = randomUUID();
    const [first, ...others] = [await signIn({ sub }), await signIn({ sub }), await signIn({ sub })];
    const { sid } = first ?? {};
    const iat = epochSeconds();
    expect(await logOut({ sid, iat })).toBe(200);
    expect(await logOut({ sid, iat })).toBe(200);
    expect(await logOut({ sub })).toBe(200);
    await ended(...others);
  });

  it('a token has the jti of an earlier logout', async () => {
    const { sid, ...session } = await signIn();
    const again = { sid, jti: randomUUID(), exp: undefined };
    expect(await logOut({ ...again, iat: epochSeconds() - 1000 })).toBe(200);
    expect(await logOut(again)).toBe(200);
    await ended({ ...session, sid });
  });

  it('a token has the jti of an earlier logout, and its logout is deferred', async () => {
    const { sid, ...session } = await signIn();
    const again = { sid, jti: randomUUID(), exp: undefined };
    expect(await logOut({ ...again, iat: epochSeconds() - 1000 })).toBe(200);
    run.fails = of('BackchannelLogout', 'dynamodb:UpdateItem');
    expect(await logOut(again)).toBe(400);
    await isCalled('DeferredLogout', 'dynamodb:DeleteItem', 'table/SessionsTable');
    await ended({ ...session, sid });
  });

  it('a verified logout is deferred, and put off once more', async () => {
    const session = await signIn();
    run.fails = anyOf(of('BackchannelLogout', 'dynamodb:Query'), of('DeferredLogout', 'dynamodb:Query'));
    expect(await logOut({ sid: session.sid })).toBe(400);
    await isCalled('DeferredLogout', 'sqs:ChangeMessageVisibility', 'DeferredLogouts');
    run.fails = () => false;
    await ended(session);
  });

  it('a token cannot be verified yet, and its logout fails when it can', async () => {
    const session = await signIn({ issuer: dark.issuer });
    expect(await logOut({ sid: session.sid }, dark)).toBe(400);
    await isCalled('DeferredLogout', 'sqs:ChangeMessageVisibility', 'DeferredLogoutsUnverifiedQueue');
    run.fails = of('DeferredLogout', 'dynamodb:Query');
    dark.answerJwks = undefined;
    await run.openFetchSlot(`${dark.issuer}/jwks`);
    await isCalled('DeferredLogout', 'sqs:SendMessage', 'DeferredLogouts');
    run.fails = () => false;
    await ended(session);
  });

  it('a logout stops half-way', async () => {
    const session = await signIn();
    run.fails = of('BackchannelLogout', 'dynamodb:Query', 'sqs:SendMessage');
    expect(await logOut({ sid: session.sid })).toBe(503);
    await ended(session);
  });

  it('a logout stops half-way, and what finishes it fails too', async () => {
    const session = await signIn();
    run.fails = anyOf(
      of('BackchannelLogout', 'dynamodb:Query', 'sqs:SendMessage'),
      of('InterruptedLogout', 'dynamodb:Query'),
    );
    expect(await logOut({ sid: session.sid })).toBe(503);
    await isCalled('InterruptedLogout', 'sqs:SendMessage', 'DeferredLogouts');
    run.fails = () => false;
    await ended(session);
  });

  it('a front-channel logout is deferred half-way, and the browser asks again', async () => {
    const { sid, ...session } = await signIn();
    const uri = `${run.frontchannelLogoutUri}?${new URLSearchParams({ iss: op.issuer, sid })}`;
    run.fails = anyOf(of('FrontchannelLogout', 'dynamodb:BatchWriteItem'), of('DeferredLogout', 'dynamodb:Query'));
    expect((await fetch(uri)).status).toBe(200);
    await isCalled('FrontchannelLogout', 'sqs:SendMessage', 'DeferredLogoutsUnverifiedQueue');
    expect((await fetch(uri)).status).toBe(200);
    await isCalled('FrontchannelLogout', 'dynamodb:GetItem', 'table/SessionsTable');
    await ended({ ...session, sid });
  });

  it('sessions have ended, and applications are told', async () => {
    await isCalled('SessionEndedEvents', 'events:PutEvents', 'event-bus/SessionEndedEventsEventBus');
  });
});

describe('the policies of the functions', () => {
  let calls: RoleCall[];

  beforeAll(() => {
    const recorded = run.calls();
    calls = [...recorded, ...callsOfAws(run.stacks)];
    calls.push(...callsOfKms(run.stacks, calls));
  });

  it('allow each call that was made', () => {
    expect(listOf(callsNotAllowed(calls, permissionsIn(run.stacks)), run.stacks)).toEqual({});
  });

  it('allow each command in the code of the functions, but for those that they never come to', async () => {
    const functions = rolesByFolder(run.stacks);
    for (const [folder, role] of functions) {
      const made = new Set(run.calls().flatMap((call) => (call.role === role ? [call.action] : [])));
      const commands = await commandsIn(`functions/${folder}/handler.ts`);
      expect({ folder, commands }).toEqual({ folder, commands: new Set([...made, ...(OUT_OF_REACH[folder] ?? [])]) });
    }
    expect(functions.size).toBe(6);
  });

  it('allow nothing that no call needs', () => {
    expect(listOf(permissionsNotUsed(permissionsIn(run.stacks), calls), run.stacks)).toEqual({});
  });

  it('are those that `npm test` holds the templates to', () => {
    expect(listOf(permissionsIn(run.stacks), run.stacks)).toEqual(permissions);
  });

  it('are each missed where they are left out', () => {
    const all = permissionsIn(run.stacks);
    const neverMissed = all.filter(
      (left) =>
        callsNotAllowed(
          calls,
          all.filter((permission) => permission !== left),
        ).length === 0,
    );
    expect(listOf(neverMissed, run.stacks)).toEqual({});
    expect(all).not.toEqual([]);
  });
});
