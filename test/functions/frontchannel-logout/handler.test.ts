import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import * as z from 'zod/mini';
import type { handler as BackchannelHandler } from '../../../functions/backchannel-logout/handler.ts';
import type { handler as DeferredHandler } from '../../../functions/deferred-logout/handler.ts';
import type { handler as Handler } from '../../../functions/frontchannel-logout/handler.ts';
import type { handler as InterruptedHandler } from '../../../functions/interrupted-logout/handler.ts';
import { describeError } from '../../../functions/runtime/log.ts';
import { SAVED_QUERIES } from '../../../infra/monitoring/saved-queries.ts';
import type { StreamRecord } from '../../../local/dynamodb/dynamodb-streams.ts';
import { counterKey, MOST_REQUESTS } from '../../../receiver/frontchannel-logout/address-limit.ts';
import { FRONTCHANNEL_REASONS } from '../../../receiver/frontchannel-logout/reasons.ts';
import { type NewSession, SessionStore } from '../../../relying-party/sessions/index.ts';
import { markerKey, scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import { type FaultProxy, startFaultProxy } from '../../fault-proxy.ts';
import { lambdaContext } from '../../lambda-context.ts';
import { CLAIM, LOGOUT_STEPS } from '../../logout-steps.ts';
import { type Claims, encoded, epochSeconds, validClaims } from '../../logout-token.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { writeShippedFile } from '../../shipped-file.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { fieldsOfLines, fieldsOfQuery } from '../query-fields.ts';
import { restApiEvent } from '../rest-api-event.ts';
import { tableChanges } from '../session-ended/table-changes.ts';

const ISSUER = 'https://op.example.com';
const SHOP = { issuer: ISSUER, clientId: 'shop' };
const MAIL = { issuer: ISSUER, clientId: 'mail' };
const OTHER = { issuer: 'https://other.example.com', clientId: 'shop' };
const OFF = { issuer: 'https://off.example.com', clientId: 'shop' };
const RELYING_PARTIES = [
  { ...SHOP, frontchannelLogout: true, issuerAliases: ['https://alias.example.com'] },
  { ...MAIL, frontchannelLogout: true, clockToleranceSeconds: 0, sidAllowanceSeconds: 0 },
  { ...SHOP, clientId: 'forum' },
  { ...OTHER, frontchannelLogout: true },
  OFF,
];
/** The longest that a clock may be ahead by default, and the allowance for the OP's own clocks. */
const SHOP_ALLOWANCE_SECONDS = 65;
const ADDRESS = '192.0.2.1';

const Sent = z.object({ QueueUrl: z.string(), MessageBody: z.optional(z.string()) });
const Kept = z.looseObject({ receivedAt: z.number() });
const ClaimRecord = z.object({
  eventName: z.literal('INSERT'),
  dynamodb: z.object({ Keys: z.object({ sk: z.object({ S: z.literal('JTI') }) }) }),
});

const directory = mkdtempSync(join(tmpdir(), 'frontchannel-'));
let table: TestTable;
let store: SessionStore;
let dynamodb: FaultProxy;
let sqs: Server;
let handler: typeof Handler;
let backchannelHandler: typeof BackchannelHandler;
let deferredHandler: typeof DeferredHandler;
let interruptedHandler: typeof InterruptedHandler;
let nextChanges: () => Promise<readonly StreamRecord[]>;
/** What was asked of queues. */
let asked: z.infer<typeof Sent>[];
let isQueueDown: boolean;
let written: string;
let sid: string;

beforeAll(async () => {
  // A handler reads the environment when it is loaded.
  vi.resetModules();
  table = await newTable('sessions');
  store = new SessionStore(table);
  nextChanges = await tableChanges(table.tableName);
  dynamodb = await startFaultProxy(inject('dynamodbEndpoint'));
  sqs = createServer(async (request, response) => {
    if (isQueueDown) {
      request.socket.destroy();
      return;
    }
    const sent = Sent.parse(await json(request));
    asked.push(sent);
    const MD5OfMessageBody = createHash('md5')
      .update(sent.MessageBody ?? '')
      .digest('hex');
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(sent.MessageBody === undefined ? {} : { MessageId: randomUUID(), MD5OfMessageBody }));
  });
  const sqsEndpoint = await listen(sqs);
  const environment = {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    ...{ AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint, AWS_ENDPOINT_URL_SQS: sqsEndpoint },
    UNVERIFIED_LOGOUT_QUEUE_URL: `${sqsEndpoint}/1/unverified`,
    DEFERRED_LOGOUT_QUEUE_URL: `${sqsEndpoint}/1/verified`,
    DEFERRED_LOGOUT_DELAY_SECONDS: '30',
    ...{ SESSIONS_TABLE_NAME: table.tableName, JWKS_CACHE_TABLE_NAME: 'none' },
    ...{ RELYING_PARTIES_FILE: writeShippedFile(directory, RELYING_PARTIES), POWERTOOLS_METRICS_NAMESPACE: 'Test' },
  };
  for (const [name, value] of Object.entries(environment)) {
    vi.stubEnv(name, value);
  }
  [{ handler }, { handler: backchannelHandler }, { handler: deferredHandler }, { handler: interruptedHandler }] =
    await Promise.all([
      import('../../../functions/frontchannel-logout/handler.ts'),
      import('../../../functions/backchannel-logout/handler.ts'),
      import('../../../functions/deferred-logout/handler.ts'),
      import('../../../functions/interrupted-logout/handler.ts'),
    ]);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all([dynamodb.stop(), stopServer(sqs)]);
  rmSync(directory, { recursive: true });
});

beforeEach(() => {
  dynamodb.fateOf = () => 'pass';
  dynamodb.operations.length = 0;
  isQueueDown = false;
  [asked, written, sid] = [[], '', randomUUID()];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
  }
});

async function signIn(login: Partial<NewSession> = {}) {
  const now = epochSeconds();
  const { id } = await store.create({
    ...{ ...SHOP, sub: 'alice', sid, idTokenIssuedAt: now - 60, expiresAt: now + 3600, data: {} },
    ...login,
  });
  return { isAlive: async () => (await store.get(id)) !== undefined };
}

const queryOf = (...parameters: [string, string][]) => new URLSearchParams(parameters).toString();
const contextFor = (milliseconds: number) => {
  const deadline = performance.now() + milliseconds;
  return { ...lambdaContext, getRemainingTimeInMillis: () => Math.floor(deadline - performance.now()) };
};

/** Has the function handle a request. */
const requested = (query: string, sourceIp = ADDRESS) =>
  handler(
    { version: '2.0', rawQueryString: query, requestContext: { http: { method: 'GET', sourceIp } } },
    contextFor(60_000),
  );
const logOut = (issuer = ISSUER, sourceIp = ADDRESS) => requested(queryOf(['iss', issuer], ['sid', sid]), sourceIp);

/** What the other functions make of what the queue has kept. */
async function finishKept() {
  const [{ QueueUrl, MessageBody } = { QueueUrl: '', MessageBody: '' }] = asked;
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: String(epochSeconds() * 1000) };
  const record = {
    ...{ messageId: 'm', receiptHandle: 'h', body: MessageBody, attributes },
    eventSourceARN: `arn:aws:sqs:us-east-1:1:${QueueUrl.split('/').at(-1)}`,
  };
  return await deferredHandler({ Records: [record] }, contextFor(60_000));
}

async function finishInterrupted() {
  const claims = (await nextChanges()).filter((record) => ClaimRecord.safeParse(record).success);
  return await interruptedHandler({ Records: claims }, contextFor(60_000));
}

/** The lines of metrics that were written. */
const metricLines = () =>
  written
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .map((line): Record<string, unknown> => JSON.parse(line));
const metric = (name: string, value: number, reason?: string) =>
  metricLines().some((line) => line[name] === value && line.Reason === reason);
/** The value of a metric that was written once. */
const metricValue = (name: string) => metricLines().find((line) => name in line)?.[name];

let success: unknown;

describe('a front-channel logout', () => {
  it('ends the sessions of the sid, and is told in log and metrics', async () => {
    const sessions = [await signIn(), await signIn(), await signIn(MAIL)];
    success = await logOut();
    expect(await Promise.all(sessions.map(({ isAlive }) => isAlive()))).toEqual([false, false, false]);
    expect(written).toContain('"message":"frontchannel_logout_accepted"');
    expect(written).toContain('"clientIds":["shop","mail"]');
    expect(metric('FrontchannelLogoutAccepted', 1) && metric('SessionsEnded', 3)).toBe(true);
    expect(metricValue('LogoutDuration')).toBeGreaterThan(0);
    expect(written).not.toContain(sid);
    expect(written).not.toContain(ADDRESS);
  });

  it('is answered with a page that any OP may frame and nobody may cache, and that says nothing', async () => {
    expect(await logOut()).toEqual({
      statusCode: 200,
      headers: {
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors *",
        'content-type': 'text/html; charset=utf-8',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
      body: '<!doctype html><html lang="en"><title>Logout</title></html>',
    });
  });

  it('ends nothing else: clients that have it off, other issuers, other sids', async () => {
    const others = [
      await signIn({ clientId: 'forum' }),
      await signIn(OTHER),
      await signIn(OFF),
      await signIn({ sid: randomUUID() }),
      await signIn({ sid: undefined }),
    ];
    await logOut();
    expect(await Promise.all(others.map(({ isAlive }) => isAlive()))).toEqual(others.map(() => true));
  });

  it('under an alias ends the sessions of the clients that have the alias', async () => {
    const [shop, mail] = [await signIn(), await signIn(MAIL)];
    await logOut('https://alias.example.com');
    expect([await shop.isAlive(), await mail.isAlive()]).toEqual([false, true]);
  });

  it('keeps out a login that was under way, also where the OP’s clock is ahead by what is tolerated', async () => {
    await logOut();
    const now = epochSeconds();
    for (const idTokenIssuedAt of [now - 60, now, now + SHOP_ALLOWANCE_SECONDS - 2]) {
      await expect(signIn({ idTokenIssuedAt })).rejects.toMatchObject({ code: 'logged_out' });
    }
    expect(await (await signIn({ idTokenIssuedAt: now + SHOP_ALLOWANCE_SECONDS + 30 })).isAlive()).toBe(true);
  });

  it('writes its marker before it looks for sessions, and claims itself before both', async () => {
    await signIn();
    dynamodb.bodies.length = 0;
    await logOut();
    const [claim, , end, marker, reading] = LOGOUT_STEPS.map(([request]) =>
      dynamodb.bodies.findIndex((body) => request.test(body)),
    );
    expect(claim).toBeGreaterThan(0);
    expect(end).toBeGreaterThan(Number(claim));
    expect(marker).toBeGreaterThan(Number(claim));
    expect(reading).toBeGreaterThan(Number(marker));
    const Key = markerKey(scopePartition({ ...SHOP, sid }));
    const { Item } = await table.client.send(new GetCommand({ TableName: table.tableName, Key }));
    expect(Number(Item?.notBefore) - epochSeconds()).toBeCloseTo(SHOP_ALLOWANCE_SECONDS, -1);
  });

  it('that comes through a REST API ends the sessions of the sid too, and is answered alike', async () => {
    const session = await signIn();
    const query: [string, string][] = [
      ['iss', ISSUER],
      ['sid', sid],
    ];
    expect(await handler(restApiEvent('GET', '/frontchannel-logout', { query }), contextFor(60_000))).toEqual(success);
    expect(await session.isAlive()).toBe(false);
  });

  it('of a sid that has no session, or that is logged out already, is answered alike', async () => {
    expect(await logOut()).toEqual(success);
    expect(await logOut()).toEqual(success);
    expect(metric('FrontchannelLogoutAccepted', 1) && metric('SessionsEnded', 0)).toBe(true);
  });
});

describe('a request that may end nothing', () => {
  it.each<[reason: string, (sid: string) => [string, string][]]>([
    ['iss_missing', (sid) => [['sid', sid]]],
    ['sid_missing', () => [['iss', ISSUER]]],
    [
      'iss_repeated',
      (sid) => [
        ['iss', ISSUER],
        ['iss', ISSUER],
        ['sid', sid],
      ],
    ],
    [
      'sid_repeated',
      (sid) => [
        ['iss', ISSUER],
        ['sid', sid],
        ['sid', sid],
      ],
    ],
    [
      'sid_too_short',
      () => [
        ['iss', ISSUER],
        ['sid', 'short'],
      ],
    ],
    [
      'sid_too_long',
      (sid) => [
        ['iss', ISSUER],
        ['sid', sid.repeat(30)],
      ],
    ],
    [
      'issuer_unknown',
      (sid) => [
        ['iss', OFF.issuer],
        ['sid', sid],
      ],
    ],
    [
      'issuer_unknown',
      (sid) => [
        ['iss', 'https://nobody.example.com'],
        ['sid', sid],
      ],
    ],
  ])('is answered as a success is, touches no table, and is counted as %s', async (reason, parameters) => {
    const sessions = [await signIn(), await signIn(OFF)];
    expect(await requested(queryOf(...parameters(sid)))).toEqual(success);
    expect(dynamodb.operations).toEqual([]);
    expect(await Promise.all(sessions.map(({ isAlive }) => isAlive()))).toEqual([true, true]);
    expect(written).toContain(`"reason":"${reason}"`);
    expect(metric('FrontchannelLogoutRejected', 1, reason)).toBe(true);
    expect(written).not.toContain(sid);
    expect(Object.keys(FRONTCHANNEL_REASONS)).toContain(reason);
  });

  it.each<[string, unknown]>([
    ['of another kind', { Records: [{ body: 'sid=secret' }] }],
    ['of half a payload format 1.0', { version: '1.0', queryStringParameters: { sid: 'secret' } }],
  ])('an event %s is answered alike, and told as the receiver’s own failure', async (_kind, event) => {
    expect(await handler(event, contextFor(60_000))).toEqual(success);
    expect(metric('FrontchannelLogoutFailed', 1, 'internal_error')).toBe(true);
    expect(written).not.toContain('secret');
  });
});

describe('an address that has made as many requests as it may', () => {
  const exhaust = async (address: string) => {
    // Where the minute ends meanwhile, the next one is exhausted too.
    for (const now of [epochSeconds(), epochSeconds() + 60]) {
      const counted = { ...counterKey(address, now), requests: MOST_REQUESTS };
      await table.client.send(new PutCommand({ TableName: table.tableName, Item: counted }));
    }
  };

  it('ends nothing, and is answered as before; others do', async () => {
    const session = await signIn();
    await exhaust('198.51.100.1');
    expect(await logOut(ISSUER, '198.51.100.1')).toEqual(success);
    expect(await session.isAlive()).toBe(true);
    expect(metric('FrontchannelLogoutRejected', 1, 'address_limit')).toBe(true);
    expect(dynamodb.operations).toEqual(['UpdateItem']);
    await logOut(ISSUER, '198.51.100.2');
    expect(await session.isAlive()).toBe(false);
  });

  it('of IPv6 is its whole network', async () => {
    const session = await signIn();
    await exhaust('2001:db8:1:2::1');
    await logOut(ISSUER, '2001:db8:1:2:ffff::2');
    expect(await session.isAlive()).toBe(true);
    await logOut(ISSUER, '2001:db8:1:3::2');
    expect(await session.isAlive()).toBe(false);
  });
});

describe('a front-channel logout is not lost', () => {
  it('where requests cannot be counted: it is carried out', async () => {
    const session = await signIn();
    dynamodb.fateOf = (_operation, index) => (index < 3 ? 'fail' : 'pass');
    expect(await logOut()).toEqual(success);
    expect(await session.isAlive()).toBe(false);
    expect(metric('FrontchannelAddressNotCounted', 1)).toBe(true);
  });

  it.each([
    ['from the beginning', 0],
    ['once the request is counted', 1],
    ['once it is claimed', 2],
    ['once the marker of one client stands', 3],
  ])('where DynamoDB fails %s: it is kept without its sid, and finished later', async (_when, passed) => {
    const sessions = [await signIn(), await signIn(MAIL)];
    dynamodb.fateOf = (_operation, index) => (index < passed ? 'pass' : 'fail');
    expect(await logOut()).toEqual(success);
    expect(metric('FrontchannelLogoutDeferred', 1, 'store_unavailable')).toBe(true);
    expect(asked).toMatchObject([{ QueueUrl: expect.stringMatching(/\/unverified$/) }]);
    expect(JSON.stringify(asked) + written).not.toContain(sid);
    dynamodb.fateOf = () => 'pass';
    written = '';
    expect(await finishKept()).toEqual({ batchItemFailures: [] });
    expect(metricValue('LogoutDuration')).toBeGreaterThan(0);
    expect(await Promise.all(sessions.map(({ isAlive }) => isAlive()))).toEqual([false, false]);
    await expect(signIn()).rejects.toMatchObject({ code: 'logged_out' });
  });

  it('where it fails again: it is put off in the queue that it came from', async () => {
    await signIn();
    dynamodb.fateOf = () => 'fail';
    await logOut();
    const [kept] = asked;
    expect(await finishKept()).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
    expect(asked.at(-1)).toEqual({ QueueUrl: kept?.QueueUrl });
    expect(written).not.toContain('deferred_logout_not_put_off');
  });

  it.each([
    ['unverified', 'UnverifiedLogoutAge'],
    ['verified', 'DeferredLogoutAge'],
  ])('where it fails again: how long ago it was received is told, for the %s ones as %s', async (queue, name) => {
    dynamodb.fateOf = () => 'fail';
    await logOut();
    const [{ MessageBody } = { MessageBody: undefined }] = asked;
    const kept = { ...Kept.parse(JSON.parse(MessageBody ?? '')), receivedAt: epochSeconds() - 1200 };
    asked = [{ QueueUrl: `http://sqs.test/1/${queue}`, MessageBody: JSON.stringify(kept) }];
    await finishKept();
    expect(metricValue(name)).toSatisfy((age) => age >= 1200 && age < 1260);
    // What nobody can read was never received by anybody: it counts from when it was put into the queue.
    written = '';
    asked = [{ QueueUrl: `http://sqs.test/1/${queue}`, MessageBody: '{}' }];
    await finishKept();
    expect(metricValue(name)).toSatisfy((age) => age >= 0 && age < 60);
  });

  it('where the function dies once it is claimed: the stream tells of it, and it is finished', async () => {
    const sessions = [await signIn(), await signIn(MAIL)];
    await nextChanges();
    // Nothing that it does after its claim, or could still do, arrives.
    let isClaimed = false;
    dynamodb.fateOf = (_operation, _index, { body }) => {
      const fate = isClaimed ? 'fail' : 'pass';
      isClaimed ||= CLAIM.test(body);
      return fate;
    };
    isQueueDown = true;
    expect(await logOut()).toEqual(success);
    expect(metric('LogoutNotKept', 1) && metric('FrontchannelLogoutFailed', 1, 'store_unavailable')).toBe(true);
    expect(await Promise.all(sessions.map(({ isAlive }) => isAlive()))).toEqual([true, true]);
    dynamodb.fateOf = () => 'pass';
    expect(await finishInterrupted()).toEqual({ batchItemFailures: [] });
    expect(await Promise.all(sessions.map(({ isAlive }) => isAlive()))).toEqual([false, false]);
    expect(written).toContain('"message":"interrupted_logout_completed"');
  });
});

describe('what saved queries ask for', () => {
  /** A token of these claims, whose signature is made up. */
  const received = (claims: Claims) =>
    backchannelHandler(
      {
        ...{ version: '2.0', requestContext: { http: { method: 'POST' } }, isBase64Encoded: false },
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `logout_token=${encoded({ alg: 'RS256', kid: 'k1', typ: 'logout+jwt' })}.${encoded(claims)}.c2lnbmF0dXJl`,
      },
      contextFor(60_000),
    );

  it('stands in the lines that functions write', async () => {
    // Refused, with one audience and with several; deferred unverified, since nobody publishes keys there.
    for (const claims of [{ iss: `${ISSUER}/` }, { aud: ['Shop', 'forum'] }, {}]) {
      await received(validClaims(ISSUER, 'shop', { sid, ...claims }));
    }
    asked = [];
    // Deferred verified, tried in vain, and done.
    dynamodb.fateOf = () => 'fail';
    await logOut();
    await finishKept();
    dynamodb.fateOf = () => 'pass';
    await finishKept();
    const unforeseen = describeError(new Error('unforeseen', { cause: new TypeError('unforeseen too') }));
    const fields = fieldsOfLines(`${written}\n${JSON.stringify({ level: 'ERROR', ...unforeseen })}`);
    for (const { id } of SAVED_QUERIES.filter(({ log }) => log === 'functions')) {
      expect([id, fieldsOfQuery(id).filter((field) => !fields.includes(field))]).toEqual([id, []]);
    }
  });
});
