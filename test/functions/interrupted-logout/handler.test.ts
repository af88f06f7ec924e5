import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import * as z from 'zod/mini';
import type { handler as Handler } from '../../../functions/interrupted-logout/handler.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { hashOf, scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import { sessionKey } from '../../../relying-party/sessions/session.ts';
import { type FaultProxy, startFaultProxy } from '../../fault-proxy.ts';
import { lambdaContext } from '../../lambda-context.ts';
import { epochSeconds } from '../../logout-token.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { synthesizedFilter } from '../session-ended/synthesized-filter.ts';
import { tableChanges } from '../session-ended/table-changes.ts';

const SHOP = { issuer: 'https://op.example.com', clientId: 'shop' };
const Sent = z.object({ MessageBody: z.string() });

let dynamodb: FaultProxy;
let sqs: Server;
let table: TestTable;
let store: SessionStore;
let handler: typeof Handler;
/** Bodies of the messages that the queue took. */
let kept: string[];
let isQueueHanging: boolean;
let written: string;

beforeAll(async () => {
  // A handler reads the environment when it is loaded.
  vi.resetModules();
  table = await newTable('sessions');
  store = new SessionStore(table);
  dynamodb = await startFaultProxy(inject('dynamodbEndpoint'));
  sqs = createServer(async (request, response) => {
    const { MessageBody } = Sent.parse(await json(request));
    if (!isQueueHanging) {
      kept.push(MessageBody);
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify({ MessageId: randomUUID(), MD5OfMessageBody }));
    }
  });
  const sqsEndpoint = await listen(sqs);
  const environment = {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    ...{ AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint, AWS_ENDPOINT_URL_SQS: sqsEndpoint },
    ...{ DEFERRED_LOGOUT_QUEUE_URL: `${sqsEndpoint}/1/queue`, DEFERRED_LOGOUT_DELAY_SECONDS: '30' },
    ...{ SESSIONS_TABLE_NAME: table.tableName, POWERTOOLS_METRICS_NAMESPACE: 'Test' },
  };
  for (const [name, value] of Object.entries(environment)) {
    vi.stubEnv(name, value);
  }
  ({ handler } = await import('../../../functions/interrupted-logout/handler.ts'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all([dynamodb.stop(), stopServer(sqs)]);
});

beforeEach(() => {
  dynamodb.fateOf = () => 'pass';
  kept = [];
  isQueueHanging = false;
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
  }
});

/** A session, and the record of a logout of it that was claimed and not carried out. */
async function interruptedLogout(sequenceNumber: string) {
  const sid = randomUUID();
  const now = epochSeconds();
  const { id } = await store.create({
    ...{ ...SHOP, sub: randomUUID(), sid },
    ...{ idTokenIssuedAt: now - 60, expiresAt: now + 3600, data: {} },
  });
  const partition = scopePartition({ ...SHOP, sid });
  const ending = {
    partition: { S: partition },
    maxSessionLifetimeSeconds: { N: '3600' },
    allowanceSeconds: { N: '5' },
  };
  const endings = { L: [{ M: ending }] };
  const record = {
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: sequenceNumber, NewImage: { iat: { N: `${now}` }, endings } },
  };
  const message = {
    endings: [{ partition, maxSessionLifetimeSeconds: 3600, allowanceSeconds: 5 }],
    loggedOutAt: now,
  };
  return { record, message, isAlive: async () => (await store.get(id)) !== undefined };
}

/** Has the function handle records as if it had been given so much time; it is told what is left of that. */
async function handle(records: readonly object[], milliseconds: number) {
  const deadline = performance.now() + milliseconds;
  const context = { ...lambdaContext, getRemainingTimeInMillis: () => deadline - performance.now() };
  const answer = await handler({ Records: records }, context);
  return { answer, millisecondsLeft: deadline - performance.now() };
}

const NOT_KEPT = /"InterruptedLogoutNotKept":(1\b|\[1)/;

describe('logouts that were begun and not finished', () => {
  it('are finished', async () => {
    const logouts = [await interruptedLogout('1'), await interruptedLogout('2')];
    const { answer } = await handle(
      logouts.map(({ record }) => record),
      60_000,
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await Promise.all(logouts.map(({ isAlive }) => isAlive()))).toEqual([false, false]);
    expect(kept).toEqual([]);
  });

  it('are finished from what the stream tells by itself, among changes of other kinds', async () => {
    const { record, isAlive } = await interruptedLogout('2');
    const others = [
      { eventName: 'REMOVE', dynamodb: { SequenceNumber: '1', OldImage: { pk: { S: 'a' } } } },
      { eventName: 'MODIFY', dynamodb: { SequenceNumber: '3', NewImage: { pk: { S: 'a' } } } },
    ];
    expect((await handle([...others, record], 60_000)).answer).toEqual({ batchItemFailures: [] });
    expect(await isAlive()).toBe(false);
  });

  it('are no news when none is left', async () => {
    const warn = vi.spyOn(console, 'warn');
    const { record } = await interruptedLogout('1');
    await handle([record], 60_000);
    written = '';
    warn.mockClear();
    expect((await handle([record], 60_000)).answer).toEqual({ batchItemFailures: [] });
    expect(warn.mock.calls).toEqual([]);
    expect(written).toBe('');
  });

  it('are put into the queue while DynamoDB hangs, each within its share of the time', async () => {
    const logouts = await Promise.all(['1', '2', '3'].map(interruptedLogout));
    dynamodb.fateOf = () => 'hang';
    const { answer, millisecondsLeft } = await handle(
      logouts.map(({ record }) => record),
      9000,
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    // A queue may be told twice: the SDK sends again what is not answered in time.
    expect(new Set(kept)).toEqual(new Set(logouts.map(({ message }) => JSON.stringify(message))));
    expect(millisecondsLeft).toBeGreaterThan(2000);
  });

  it('are left to the stream, counted and told in the log, while the queue hangs as well, in good time', async () => {
    const logouts = await Promise.all(['1', '2'].map(interruptedLogout));
    dynamodb.fateOf = () => 'hang';
    isQueueHanging = true;
    const { answer, millisecondsLeft } = await handle(
      logouts.map(({ record }) => record),
      7400,
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(written).toContain('interrupted_logout_not_kept');
    expect(written).toMatch(NOT_KEPT);
    expect(millisecondsLeft).toBeGreaterThan(1800);
  });

  it('are left to the stream when no time is left for them, and that is no failure', async () => {
    const first = await interruptedLogout('1');
    const last = await interruptedLogout('11');
    const others = Array.from({ length: 9 }, (_, index) => ({
      dynamodb: { ...first.record.dynamodb, SequenceNumber: `${index + 2}` },
    }));
    let isLate = false;
    dynamodb.fateOf = () => {
      isLate = true;
      return 'pass';
    };
    const context = { ...lambdaContext, getRemainingTimeInMillis: () => (isLate ? 6000 : 60_000) };
    const answer = await handler({ Records: [first.record, ...others, last.record] }, context);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '11' }] });
    expect(await Promise.all([first, last].map(({ isAlive }) => isAlive()))).toEqual([false, true]);
    expect(written).not.toMatch(NOT_KEPT);
  });
});

/** A session as an item, and its key. */
async function sessionItem(id: string) {
  const Key = sessionKey(hashOf(id));
  const { Item } = await table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true }));
  return { Key, Item };
}

let lets: ReturnType<typeof synthesizedFilter> | undefined;

/** What the function is given of the changes since the last call. */
async function deliveredOf(changes: Awaited<ReturnType<typeof tableChanges>>) {
  lets ??= synthesizedFilter('TRIM_HORIZON');
  return (await changes()).filter(lets);
}

describe('a session that took the place of its own end', () => {
  const identity = { ...SHOP, sub: 'alice', sid: 'of-alice' };
  const login = () => ({
    ...identity,
    idTokenIssuedAt: epochSeconds() - 60,
    expiresAt: epochSeconds() + 3600,
    data: {},
  });

  it('as it happens between the regions of a global table, is ended again, with the same cause', async () => {
    const { id } = await store.create(login());
    const { Item } = await sessionItem(id);
    await store.endSessions({ ...SHOP, sid: identity.sid }, epochSeconds() - 1);
    const changes = await tableChanges(table.tableName);
    await changes();
    // A save in another region, later than the end and carried out on the session as it was before.
    await table.client.send(new PutCommand({ TableName: table.tableName, Item }));
    expect(await store.get(id)).toBeDefined();
    const delivered = await deliveredOf(changes);
    expect(delivered).toHaveLength(1);
    expect((await handle(delivered, 60_000)).answer).toEqual({ batchItemFailures: [] });
    expect(await store.get(id)).toBeUndefined();
    expect((await sessionItem(id)).Item).toMatchObject({ cause: 'logout', scope: 'sid', creation: Item?.creation });
    expect(written).toMatch(/"SessionsEndedAgain":1\b/);
    // What it writes is no news to itself.
    expect(await deliveredOf(changes)).toEqual([]);
  });

  it('is left to the stream while DynamoDB fails', async () => {
    const { id } = await store.create({ ...login(), sid: 'other' });
    const { Item } = await sessionItem(id);
    await store.endSessions({ ...SHOP, sid: 'other' }, epochSeconds() - 1);
    const changes = await tableChanges(table.tableName);
    await changes();
    await table.client.send(new PutCommand({ TableName: table.tableName, Item }));
    const delivered = await deliveredOf(changes);
    dynamodb.fateOf = () => 'hang';
    const { answer } = await handle(delivered, 9000);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: delivered[0]?.dynamodb.SequenceNumber }] });
    expect(kept).toEqual([]);
  });

  it('is not the successor that the end has named: that one lives', async () => {
    const first = await store.create({ ...login(), sid: 'first' });
    const changes = await tableChanges(table.tableName);
    await changes();
    const successor = await store.create({ ...login(), sid: 'second', id: first.id, replaces: first.creation });
    await handle(await deliveredOf(changes), 60_000);
    expect(await store.get(successor.id)).toMatchObject({ sid: 'second' });
  });
});
