import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NewSession, SessionStore } from '../../../relying-party/sessions/index.ts';
import { scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { signedToken, startIssuer, type TestIssuer } from '../../issuer.ts';
import { type LocalRun, startLocalRun } from '../../local-run.ts';
import { FIRST_READING } from '../../logout-steps.ts';
import { type Claims, epochSeconds, validClaims } from '../../logout-token.ts';

const CLIENT_SECRET = randomBytes(32).toString('hex');

let op: TestIssuer;
let alias: string;
let dynamodb: DynamodbProxy;
let receiver: LocalRun;
let store: SessionStore;

beforeAll(async () => {
  [op, dynamodb] = await Promise.all([startIssuer('RS256'), startDynamodbProxy(1)]);
  const { issuer } = op;
  alias = issuer.replace('127.0.0.1', 'localhost');
  receiver = await startLocalRun(
    [
      { issuer, clientId: 'shop', issuerAliases: [alias] },
      { issuer, clientId: 'forum' },
      { issuer, clientId: 'strict', profile: 'strict' },
      { issuer, clientId: 'strict-but-for-replays', profile: 'strict', replay: 'answer' },
      { issuer, clientId: 'symmetric', algorithms: ['HS256'], clientSecret: { secretId: 'symmetric' } },
    ],
    { dynamodbEndpoint: dynamodb.endpoint, secrets: { symmetric: CLIENT_SECRET } },
  );
  store = new SessionStore({ client: dynamodb.client, tableName: receiver.tables.sessions });
});

afterAll(async () => {
  await receiver.stop();
  await Promise.all([dynamodb.stop(), op.stop()]);
});

let login: Pick<NewSession, 'sub' | 'sid'>;

beforeEach(() => {
  login = { sub: randomUUID(), sid: randomUUID() };
});

afterEach(() => {
  dynamodb.fateOf = () => 'pass';
});

async function signIn(secondsAgo: number, clientId = 'shop'): Promise<string> {
  const now = epochSeconds();
  const session = { issuer: op.issuer, clientId, ...login, idTokenIssuedAt: now - secondsAgo };
  return (await store.create({ ...session, expiresAt: now + 3600, data: {} })).id;
}

const claimsOf = (clientId: string, changes: Claims) => validClaims(op.issuer, clientId, { ...login, ...changes });

const areAlive = async (...ids: string[]) =>
  await Promise.all(ids.map(async (id) => (await store.get(id)) !== undefined));

/** @returns the status, and the reason where there is one */
async function deliver(claims: Claims): Promise<string> {
  return await post(await op.sign(claims, { typ: 'logout+jwt' }));
}

async function post(token: string): Promise<string> {
  const body = new URLSearchParams({ logout_token: token });
  const response = await fetch(receiver.endpoint, { method: 'POST', body });
  const text = await response.text();
  return text === '' ? `${response.status}` : `${response.status} ${JSON.parse(text).error_description.split(':')[0]}`;
}

describe('a token that is delivered again', () => {
  it.each(['shop', 'strict-but-for-replays'])(
    'is answered like the first time, and ends nothing issued since, at %s',
    async (clientId) => {
      const claims = claimsOf(clientId, { iat: epochSeconds() - 60 });
      const before = await signIn(90, clientId);
      expect(await deliver(claims)).toBe('200');
      const since = await signIn(30, clientId);
      expect(await deliver(claims)).toBe('200');
      expect(await areAlive(before, since)).toEqual([false, true]);
    },
  );

  it('with its jti and new times, as Zitadel does it, ends nothing issued after the first one', async () => {
    const first = claimsOf('shop', { iat: epochSeconds() - 60 });
    expect(await deliver(first)).toBe('200');
    const since = await signIn(30);
    expect(await deliver({ ...first, iat: epochSeconds(), exp: epochSeconds() + 120 })).toBe('200');
    expect(await areAlive(since)).toEqual([true]);
  });

  it('with a new jti, as GOV.UK does it, is a new order', async () => {
    const first = claimsOf('shop', { iat: epochSeconds() - 60 });
    expect(await deliver(first)).toBe('200');
    const since = await signIn(30);
    expect(await deliver({ ...first, jti: randomUUID(), iat: epochSeconds() })).toBe('200');
    expect(await areAlive(since)).toEqual([false]);
  });

  it('under another name of the issuer is still the same token', async () => {
    const first = claimsOf('shop', { iat: epochSeconds() - 60 });
    expect(await deliver(first)).toBe('200');
    const since = await signIn(30);
    expect(await deliver({ ...first, iss: alias, iat: epochSeconds() })).toBe('200');
    expect(await areAlive(since)).toEqual([true]);
  });

  it('many times at once is answered with success each time', async () => {
    const session = await signIn(90);
    const claims = claimsOf('shop', {});
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(claims)));
    expect(new Set(answers)).toEqual(new Set(['200']));
    expect(await areAlive(session)).toEqual([false]);
  });

  it('is counted, and logged as a replay', async () => {
    const claims = claimsOf('shop', {});
    await deliver(claims);
    await deliver(claims);
    const lines = receiver.log().split('\n');
    const accepted = lines.filter((line) => line.includes(String(claims.jti)));
    expect(accepted.map((line) => JSON.parse(line).isReplay)).toEqual([false, true]);
    expect(receiver.log()).toContain('"LogoutReplayed":1');
  });

  it('to the strict profile is refused when its logout is done', async () => {
    const claims = claimsOf('strict', { iat: epochSeconds() - 60 });
    const before = await signIn(90, 'strict');
    expect(await deliver(claims)).toBe('200');
    const since = await signIn(30, 'strict');
    expect(await deliver(claims)).toBe('400 token_replayed');
    expect(await areAlive(before, since)).toEqual([false, true]);
  });

  it.each(['shop', 'strict'])('finishes what the first delivery left undone, at %s', async (clientId) => {
    const session = await signIn(90, clientId);
    const claims = claimsOf(clientId, {});
    // What comes after the pointers are read: the ends of the sessions.
    let isRead = false;
    dynamodb.fateOf = (operation) => {
      isRead ||= operation === 'Query';
      return isRead && operation === 'UpdateItem' ? 'lose request' : 'pass';
    };
    expect(await deliver(claims)).toBe('400 deferred');
    expect(await areAlive(session)).toEqual([true]);
    dynamodb.fateOf = () => 'pass';
    expect(await deliver(claims)).toBe('200');
    expect(await areAlive(session)).toEqual([false]);
  });

  it('whose first answer was lost between the receiver and its table is the first all the same', async () => {
    const session = await signIn(90, 'strict');
    let lost = 0;
    dynamodb.fateOf = (operation) => (operation === 'UpdateItem' && lost++ === 0 ? 'lose answer' : 'pass');
    expect(await deliver(claimsOf('strict', {}))).toBe('200');
    expect(lost).toBeGreaterThan(1);
    expect(await areAlive(session)).toEqual([false]);
  });
});

describe('a jti that another token had', () => {
  it.each<[string, Claims]>([
    ['sub', { sub: 'bob' }],
    ['sid', { sid: 'another' }],
    ['scope: the sub alone', { sid: undefined }],
    ['scope: the sid alone', { sub: undefined }],
    ['client', { aud: 'forum' }],
    ['audience: one client more', { aud: ['shop', 'forum'] }],
  ])('is refused with another %s, and ends nothing', async (_case, changes) => {
    const first = claimsOf('shop', { iat: epochSeconds() - 60 });
    expect(await deliver(first)).toBe('200');
    const other: Claims = { ...first, iat: epochSeconds(), ...changes };
    login = { sub: String(other.sub ?? login.sub), sid: String(other.sid ?? randomUUID()) };
    const session = await signIn(30, changes.aud === 'forum' ? 'forum' : 'shop');
    expect(await deliver(other)).toBe('400 jti_reused');
    expect(await areAlive(session)).toEqual([true]);
  });
});

it('a client that signs for itself, with its secret, takes no jti away from another client', async () => {
  const session = await signIn(90);
  const claims = claimsOf('shop', {});
  const own = { ...claims, aud: 'symmetric', sub: 'anybody' };
  expect(await post(await signedToken(own, { alg: 'HS256' }, Buffer.from(CLIENT_SECRET)))).toBe('200');
  expect(await deliver(claims)).toBe('200');
  expect(await areAlive(session)).toEqual([false]);
});

describe('when nobody can say whether a token was seen', () => {
  it('the logout is deferred, and nothing ends', async () => {
    const session = await signIn(90);
    const claims = claimsOf('shop', {});
    dynamodb.operations.length = 0;
    dynamodb.bodies.length = 0;
    dynamodb.fateOf = (operation) => (operation === 'UpdateItem' ? 'lose request' : 'pass');
    expect(await deliver(claims)).toBe('400 deferred');
    expect(dynamodb.operations).toContain('UpdateItem');
    // Of earlier logouts, some function may be at work meanwhile: of this one, nothing but its jti was to be written.
    const { sub, sid } = login;
    const { issuer } = op;
    for (const scope of [
      { issuer, clientId: 'shop', sub },
      { issuer, clientId: 'shop', sid: String(sid) },
    ]) {
      const named = dynamodb.bodies.filter((body) => body.includes(scopePartition(scope)));
      expect(named.filter((body) => !body.includes('"JTI#') && !FIRST_READING.test(body))).toEqual([]);
    }
    dynamodb.fateOf = () => 'pass';
    expect(await areAlive(session)).toEqual([true]);
    expect(await deliver(claims)).toBe('200');
    expect(await areAlive(session)).toEqual([false]);
  });
});
