import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import * as z from 'zod/mini';
import type { handler as BackchannelHandler } from '../../../functions/backchannel-logout/handler.ts';
import type { handler as DeferredHandler } from '../../../functions/deferred-logout/handler.ts';
import type { handler as FrontchannelHandler } from '../../../functions/frontchannel-logout/handler.ts';
import type { handler as RefreshHandler } from '../../../functions/jwks-refresh/handler.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { type AppConfigData, startAppConfigData } from '../../appconfig-data.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { lambdaContext } from '../../lambda-context.ts';
import { epochSeconds, validClaims } from '../../logout-token.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { tellTimeouts } from '../../receiver/jwks/told-timeouts.ts';
import { newTable } from '../../tables.ts';

const Sent = z.object({ QueueUrl: z.string(), MessageBody: z.optional(z.string()) });
const context = { ...lambdaContext, getRemainingTimeInMillis: () => 60_000 };

let op: TestIssuer;
let appConfig: AppConfigData;
let sqs: Server;
let store: SessionStore;
let sent: z.infer<typeof Sent>[];
let written: string;
let backchannel: typeof BackchannelHandler;
let frontchannel: typeof FrontchannelHandler;
let deferred: typeof DeferredHandler;
let refresh: typeof RefreshHandler;

/** The instances of all functions start while AppConfig cannot be read. */
beforeAll(async () => {
  // Handlers read the environment when they are loaded.
  vi.resetModules();
  const [sessions, jwksCache] = await Promise.all([newTable('sessions'), newTable('jwksCache')]);
  store = new SessionStore(sessions);
  [op, appConfig] = await Promise.all([startIssuer('EdDSA'), startAppConfigData()]);
  appConfig.fate = 'throttle';
  sqs = createServer(async (request, response) => {
    const message = Sent.parse(await json(request));
    sent.push(message);
    const MD5OfMessageBody = createHash('md5')
      .update(message.MessageBody ?? '')
      .digest('hex');
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify({ MessageId: randomUUID(), MD5OfMessageBody }));
  });
  const queues = await listen(sqs);
  const environment = {
    ...appConfig.environment,
    ...{ AWS_ENDPOINT_URL_DYNAMODB: inject('dynamodbEndpoint'), AWS_ENDPOINT_URL_SQS: queues },
    ...{ UNVERIFIED_LOGOUT_QUEUE_URL: `${queues}/1/unverified`, DEFERRED_LOGOUT_QUEUE_URL: `${queues}/1/verified` },
    ...{ DEFERRED_LOGOUT_DELAY_SECONDS: '30', JWKS_REFRESH_AHEAD_SECONDS: '600' },
    ...{ SESSIONS_TABLE_NAME: sessions.tableName, JWKS_CACHE_TABLE_NAME: jwksCache.tableName },
    POWERTOOLS_METRICS_NAMESPACE: 'Test',
  };
  for (const [name, value] of Object.entries(environment)) {
    vi.stubEnv(name, value);
  }
  vi.useFakeTimers({ toFake: ['Date'] });
  // No machine is too slow.
  tellTimeouts();
  listenToLog();
  [{ handler: backchannel }, { handler: frontchannel }, { handler: deferred }, { handler: refresh }] =
    await Promise.all([
      import('../../../functions/backchannel-logout/handler.ts'),
      import('../../../functions/frontchannel-logout/handler.ts'),
      import('../../../functions/deferred-logout/handler.ts'),
      import('../../../functions/jwks-refresh/handler.ts'),
    ]);
});

afterAll(async () => {
  vi.useRealTimers();
  await Promise.all([op.stop(), appConfig.stop(), stopServer(sqs)]);
});

beforeEach(() => {
  sent = [];
  appConfig.fate = 'answer';
  listenToLog();
});

function listenToLog(): void {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
  }
}

function deploy(...clientIds: string[]): void {
  appConfig.deployed = JSON.stringify({ relyingParties: clientIds.map((clientId) => party(op.issuer, clientId)) });
}

function party(issuer: string, clientId: string) {
  return { issuer, clientId, algorithms: ['EdDSA'], allowPrivateAddresses: true, frontchannelLogout: true };
}

const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

async function signIn(clientId: string, issuer = op.issuer) {
  const [now, sid] = [epochSeconds(), randomUUID()];
  const login = { issuer, clientId, sub: 'alice', sid, idTokenIssuedAt: now - 60, expiresAt: now + 3600 };
  const { id } = await store.create({ ...login, data: {} });
  return { sid, isAlive: async () => (await store.get(id)) !== undefined };
}

async function logOut(clientId: string, sid: string) {
  const token = await op.sign(validClaims(op.issuer, clientId, { sid }), { alg: 'EdDSA' });
  return await backchannel(
    {
      version: '2.0',
      requestContext: { http: { method: 'POST' } },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `logout_token=${token}`,
      isBase64Encoded: false,
    },
    context,
  );
}

const logOutByBrowser = async (sid: string, iss = op.issuer) =>
  await frontchannel(
    {
      version: '2.0',
      rawQueryString: new URLSearchParams({ iss, sid }).toString(),
      requestContext: { http: { sourceIp: '192.0.2.1' } },
    },
    context,
  );

const finish = async (MessageBody = '') =>
  await deferred(
    {
      Records: [
        {
          ...{ messageId: 'm', receiptHandle: 'h', body: MessageBody },
          attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) },
          eventSourceARN: 'arn:aws:sqs:us-east-1:1:unverified',
        },
      ],
    },
    context,
  );

describe('functions that start while AppConfig cannot be read', () => {
  it('keep every logout, and finish it once AppConfig can be read', async () => {
    appConfig.fate = 'throttle';
    deploy('shop');
    const [first, second] = [await signIn('shop'), await signIn('shop')];
    expect(await logOut('shop', first.sid)).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining('deferred: '),
    });
    expect(await logOutByBrowser(second.sid)).toMatchObject({ statusCode: 200 });
    const kept = sent.map(({ MessageBody }) => MessageBody);
    expect(sent.map(({ QueueUrl }) => QueueUrl.split('/').at(-1))).toEqual(['unverified', 'unverified']);
    expect(written).toMatch(/"message":"logout_deferred".*"reason":"relying_parties_unavailable"/);
    expect(written).toMatch(/"message":"frontchannel_logout_deferred".*"reason":"relying_parties_unavailable"/);
    expect(written).not.toContain(second.sid);
    // Until then, it stays in the queue.
    expect(await finish(kept[0])).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
    expect(await finish(kept[1])).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
    appConfig.fate = 'answer';
    passSeconds(5);
    expect(await finish(kept[0])).toEqual({ batchItemFailures: [] });
    expect(await finish(kept[1])).toEqual({ batchItemFailures: [] });
    expect([await first.isAlive(), await second.isAlive()]).toEqual([false, false]);
  });

  it('refuse what is at fault whoever is configured', async () => {
    const malformed = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'logout_token=a.b.c' };
    const event = {
      version: '2.0',
      requestContext: { http: { method: 'POST' } },
      isBase64Encoded: false,
      ...malformed,
    };
    expect(await backchannel(event, context)).toMatchObject({ body: expect.stringContaining('token_malformed: ') });
    await logOutByBrowser('short');
    expect(written).toContain('"reason":"sid_too_short"');
    expect(sent).toEqual([]);
  });

  it('fetch nobody’s keys until then', async () => {
    appConfig.fate = 'throttle';
    await expect(refresh(undefined, context)).rejects.toMatchObject({ name: 'RelyingPartiesUnavailable' });
    appConfig.fate = 'answer';
    passSeconds(5);
    await refresh(undefined, context);
    expect(written).toMatch(/"message":"jwks_age".*"issuer"/);
  });
});

describe('a relying party that is added', () => {
  it('has its first logout carried out', async () => {
    deploy('shop', 'forum');
    passSeconds(15);
    const session = await signIn('forum');
    expect(await logOut('forum', session.sid)).toMatchObject({ statusCode: 200 });
    expect(await session.isAlive()).toBe(false);
  });

  it('has its first front-channel logout carried out, which names its issuer alone', async () => {
    const issuer = 'https://new.test';
    appConfig.deployed = JSON.stringify({ relyingParties: [party(op.issuer, 'forum'), party(issuer, 'mail')] });
    passSeconds(15);
    const session = await signIn('mail', issuer);
    await logOutByBrowser(session.sid, issuer);
    expect(await session.isAlive()).toBe(false);
  });
});

describe('a relying party that is removed', () => {
  it('is refused within a minute', async () => {
    deploy('forum');
    passSeconds(30);
    const session = await signIn('shop');
    expect(await logOut('shop', session.sid)).toMatchObject({ body: expect.stringContaining('audience_mismatch: ') });
    expect(sent).toEqual([]);
    expect(await session.isAlive()).toBe(true);
  });
});

describe('a broken configuration', () => {
  it('is told in a metric and in the log, and logouts go on', async () => {
    appConfig.deployed = '{"relyingParties":[{"issuer":"https://op.test","clientSecret":"swordfish"}]}';
    passSeconds(30);
    const [forum, shop] = [await signIn('forum'), await signIn('shop')];
    expect(await logOut('forum', forum.sid)).toMatchObject({ statusCode: 200 });
    expect(await forum.isAlive()).toBe(false);
    expect(written).toMatch(/"level":"ERROR","message":"relying_parties_refused".*relyingParties\[0\]\.clientId/);
    expect(written).toContain('"RelyingPartiesRefused":1');
    expect(written).not.toContain('swordfish');
    // It may be one of those that the broken one has.
    expect(await logOut('shop', shop.sid)).toMatchObject({ body: expect.stringContaining('deferred: ') });
    expect(sent).toHaveLength(1);
  });
});
