import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { refreshAhead } from '../../receiver/jwks/refresh-ahead.ts';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { type Fate, type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import { startIssuer } from '../issuer.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';
import { newTable } from '../tables.ts';
import { runWithBundle } from './bundle-run.ts';

/** A deployment whose issuer has had its keys fetched, and what its function does on the way to DynamoDB. */
async function startDeployment() {
  const [issuer, sessions, jwksCache, proxy] = await Promise.all([
    startIssuer('RS256'),
    newTable('sessions'),
    newTable('jwksCache'),
    startFaultProxy(inject('dynamodbEndpoint')),
  ]);
  onTestFinished(async () => {
    await Promise.all([issuer.stop(), proxy.stop()]);
  });
  await refreshAhead(jwksCache, issuer.location, 600, () => undefined);
  issuer.requests.clear();
  const run = (script: string) =>
    runWithBundle(
      'backchannel-logout',
      script,
      {
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
        JWKS_CACHE_TABLE_NAME: jwksCache.tableName,
        SESSIONS_TABLE_NAME: sessions.tableName,
      },
      issuer.issuer,
    );
  return { issuer, sessions, proxy, run };
}

/** Gives the function all the time that it needs to warm up, and DynamoDB to answer: this machine may be busy. */
const AT_LEISURE = `
  const { setTimeout: later } = globalThis;
  globalThis.setTimeout = (run, milliseconds, ...rest) => later(run, [500, 1000].includes(milliseconds) ? 60_000 : milliseconds, ...rest);`;

describe('before its first logout, the function', () => {
  it('has connected to DynamoDB and read the keys, without a word to the issuer or the log', async () => {
    const { issuer, proxy, run } = await startDeployment();
    expect(await run(`${AT_LEISURE} await import(handler);`)).toEqual(['']);
    expect(proxy.operations.toSorted()).toEqual(['GetItem', 'Query']);
    expect(issuer.requests.size).toBe(0);
  });

  it.each<Fate>(['hang', 'fail'])('starts in silence where DynamoDB would %s', async (fate) => {
    const { issuer, proxy, run } = await startDeployment();
    proxy.fateOf = () => fate;
    expect(await run('await import(handler); process.exit();')).toEqual(['']);
    // It does not wait until the SDK gives up.
    expect(proxy.operations.length).toBeLessThanOrEqual(fate === 'hang' ? 2 : 6);
    expect(issuer.requests.size).toBe(0);
  });
});

it.each([
  ['us-east-1', 'dynamodb.us-east-1.amazonaws.com'],
  ['cn-north-1', 'dynamodb.cn-north-1.amazonaws.com.cn'],
])('in %s, the SDK as it is bundled asks %s', async (region, host) => {
  // Nothing may leave this machine: what would be sent is told instead.
  const script = `
    ${AT_LEISURE}
    process.getBuiltinModule('node:https').request = ({ host, headers }) => {
      console.log(JSON.stringify({ host, isSigned: /Credential=key.*SignedHeaders=.*x-amz-security-token/.test(headers.authorization) }));
      process.exit();
    };
    await import(handler);`;
  const credentials = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
  const [line = ''] = await runWithBundle('backchannel-logout', script, { ...credentials, AWS_REGION: region });
  expect(JSON.parse(line)).toEqual({ host, isSigned: true });
});

/** Has the first try of each operation fail in its own way. */
function failOnce(proxy: FaultProxy, fates: Readonly<Record<string, Fate>>): string[] {
  const dates: string[] = [];
  proxy.fateOf = (operation, index, { headers }) => {
    dates[index] = String(headers['x-amz-date']);
    return (proxy.operations.indexOf(operation) === index && fates[operation]) || 'pass';
  };
  return dates;
}

it('a logout is carried out by the SDK as it is bundled, whatever DynamoDB does to the first try of each operation', async () => {
  const { issuer, sessions, proxy, run } = await startDeployment();
  const relyingParty = { issuer: issuer.issuer, clientId: 'shop' };
  const store = new SessionStore({ ...sessions, relyingParty });
  const login = { ...relyingParty, sub: 'alice', sid: 'op-session', idTokenIssuedAt: epochSeconds() - 5 };
  const { id } = await store.create({ ...login, expiresAt: epochSeconds() + 600, data: {} });
  const dates = failOnce(proxy, { Query: 'fail', BatchWriteItem: 'leave undone', UpdateItem: 'skew' });
  const token = await issuer.sign(validClaims(issuer.issuer, 'shop', { sub: 'alice', sid: 'op-session' }));
  const event = {
    version: '2.0',
    requestContext: { http: { method: 'POST' } },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `logout_token=${token}`,
    isBase64Encoded: false,
  };
  const lines = await run(`${AT_LEISURE}
    const { handler: handle } = await import(handler);
    const answer = await handle(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 10000 });
    console.log(JSON.stringify({ answer, modules: process.moduleLoadList.filter((name) => /undici|http2/.test(name)) }));`);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ answer: { statusCode: 200 }, modules: [] });
  expect(await store.get(id)).toBeUndefined();
  // Of the keys that were read at the start, nothing is read again.
  expect(proxy.operations.filter((operation) => operation === 'GetItem')).toEqual(['GetItem']);
  for (const operation of ['UpdateItem', 'Query', 'BatchWriteItem']) {
    expect(proxy.operations.filter((each) => each === operation).length).toBeGreaterThan(1);
  }
  // What comes after the first is signed by the clock of DynamoDB, an hour ahead.
  const first = proxy.operations.indexOf('UpdateItem');
  const second = proxy.operations.indexOf('UpdateItem', first + 1);
  expect(hoursBetween(dates[first], dates[second])).toBeCloseTo(1, 1);
  expect(issuer.requests.size).toBe(0);
});

/** As signatures have times: 20261127T183000Z. */
function hoursBetween(...times: (string | undefined)[]): number {
  const [from = 0, to = 0] = times.map((time = '') =>
    Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:')),
  );
  return (to - from) / 3_600_000;
}
