import { randomUUID } from 'node:crypto';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { handler as Handler } from '../../../functions/session-ended/handler.ts';
import type { StreamRecord } from '../../../local/dynamodb/dynamodb-streams.ts';
import type { EventFilter } from '../../../local/event-sources/event-filter.ts';
import { type NewSession, type Session, SessionStore } from '../../../relying-party/sessions/index.ts';
import { sessionKey } from '../../../relying-party/sessions/session.ts';
import { lambdaContext } from '../../lambda-context.ts';
import { epochSeconds } from '../../logout-token.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { synthesizedFilter } from './synthesized-filter.ts';
import { tableChanges } from './table-changes.ts';
import { type ToldEventBus, toldEventBus } from './told-event-bus.ts';

const SHOP = { issuer: 'https://op.example.com', clientId: 'shop' };

let table: TestTable;
let store: SessionStore;
let bus: ToldEventBus;
let isWanted: EventFilter;
let nextChanges: () => Promise<readonly StreamRecord[]>;
let handler: typeof Handler;
let sub: string;
let sid: string;
let written: string;

beforeAll(async () => {
  // A handler reads the environment when it is loaded.
  vi.resetModules();
  table = await newTable('sessions');
  store = new SessionStore(table);
  bus = await toldEventBus();
  isWanted = synthesizedFilter();
  nextChanges = await tableChanges(table.tableName);
  vi.stubEnv('EVENT_BUS_NAME', 'ends');
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', bus.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Test');
  ({ handler } = await import('../../../functions/session-ended/handler.ts'));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await bus.stop();
});

beforeEach(async () => {
  [sub, sid] = [randomUUID(), randomUUID()];
  bus.requests.length = 0;
  bus.errorCodeOf = () => undefined;
  bus.isDown = false;
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
  }
  await nextChanges();
});

async function signIn(changes: Partial<NewSession> = {}): Promise<Session & { readonly id: string }> {
  const now = epochSeconds();
  const login = { ...SHOP, sub, sid, idTokenIssuedAt: now - 60, expiresAt: now + 3600, data: { cart: ['private'] } };
  return await store.create({ ...login, ...changes });
}

/** The table's changes that the event source lets through. */
async function nextRecords(): Promise<readonly StreamRecord[]> {
  return (await nextChanges()).filter(isWanted);
}

const handle = (records: readonly unknown[], getRemainingTimeInMillis = () => 60_000) =>
  handler({ Records: records }, { ...lambdaContext, getRemainingTimeInMillis });

const published = () => bus.requests.flat().map(({ Detail }): unknown => JSON.parse(Detail));

/** What was published of what has happened to the table. */
async function publishedOf(): Promise<unknown[]> {
  expect(await handle(await nextRecords())).toEqual({ batchItemFailures: [] });
  return published();
}

/** Lets a session be over, without anybody deleting it. */
async function letExpire({ idHash }: Session): Promise<void> {
  await table.client.send(
    new UpdateCommand({
      TableName: table.tableName,
      Key: sessionKey(idHash),
      UpdateExpression: 'SET expiresAt = :past',
      ExpressionAttributeValues: { ':past': epochSeconds() - 10 },
    }),
  );
}

async function deleteItem({ idHash }: Session): Promise<void> {
  await table.client.send(new DeleteCommand({ TableName: table.tableName, Key: { ...sessionKey(idHash) } }));
}

/** Records of so many sessions that the application has deleted, and their sessions. */
async function recordsOf(count: number) {
  const sessions: Session[] = [];
  for (let n = 0; n < count; n++) {
    const session = await signIn({ sid: randomUUID() });
    await store.delete(session.id);
    sessions.push(session);
  }
  return { sessions, records: await nextRecords() };
}

const sequenceNumberOf = (record: StreamRecord | undefined) => record?.dynamodb.SequenceNumber;

describe('the end of a session', () => {
  it.each<[string, object, (session: Session & { id: string }) => Promise<unknown>]>([
    [
      'that a logout of the OP session ended',
      { cause: 'logout', scope: 'sid' },
      () => store.endSessions({ ...SHOP, sid }, epochSeconds()),
    ],
    [
      'that a logout of the subject ended',
      { cause: 'logout', scope: 'sub' },
      () => store.endSessions({ ...SHOP, sub }, epochSeconds()),
    ],
    [
      'that the application ended with all of the subject',
      { cause: 'logout', scope: 'sub' },
      () => store.endAllSessions({ ...SHOP, sub }),
    ],
    ['that the application deleted', { cause: 'deleted' }, ({ id }) => store.delete(id)],
    [
      'that the user ended from another device',
      { cause: 'deleted' },
      ({ idHash }) => store.endSession({ ...SHOP, sub }, idHash),
    ],
    [
      'that the application deleted, of a subject who was logged out before the login',
      { cause: 'deleted' },
      async ({ id }) => {
        await store.endSessions({ ...SHOP, sub }, epochSeconds() - 120);
        await store.endSessions({ ...SHOP, sid }, epochSeconds() - 120);
        await store.delete(id);
      },
    ],
    [
      'whose place a login took',
      { cause: 'replaced' },
      ({ id, creation }) => signIn({ id, replaces: creation, sub: randomUUID(), sid: undefined }),
    ],
    [
      'whose place a login took after it was over',
      { cause: 'expired' },
      async (session) => {
        await letExpire(session);
        await signIn({ id: session.id });
      },
    ],
    [
      'that was over before anybody deleted it',
      { cause: 'expired' },
      async (session) => {
        await letExpire(session);
        await store.delete(session.id);
      },
    ],
  ])('%s is published with its cause', async (_what, expected, end) => {
    const session = await signIn();
    await end(session);
    const { idHash, creation } = session;
    expect(await publishedOf()).toEqual([{ ...SHOP, idHash, creation, ...expected }]);
  });

  it('whose time to live was over is published as expired, also by a clock that differs', async () => {
    const session = await signIn();
    await deleteItem(session);
    const [record] = await nextRecords();
    const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    expect(await handle([{ ...record, userIdentity }])).toEqual({ batchItemFailures: [] });
    expect(published()).toMatchObject([{ idHash: session.idHash, cause: 'expired' }]);
  });

  it('without a sid that a logout of the subject ended is published with its cause', async () => {
    await signIn({ sid: undefined });
    await store.endSessions({ ...SHOP, sub }, epochSeconds());
    expect(await publishedOf()).toMatchObject([{ cause: 'logout', scope: 'sub' }]);
  });

  it('whose item somebody deleted past the store is published as deleted', async () => {
    const session = await signIn();
    await deleteItem(session);
    expect(await publishedOf()).toMatchObject([{ idHash: session.idHash, cause: 'deleted' }]);
  });

  it('is told with the bus, its source, its type and its time', async () => {
    const { records } = await recordsOf(1);
    await handle(records);
    expect(bus.requests).toEqual([
      [
        {
          EventBusName: 'ends',
          Source: 'logout-receiver',
          DetailType: 'Session Ended',
          Time: records[0]?.dynamodb.ApproximateCreationDateTime,
          Detail: expect.any(String),
        },
      ],
    ]);
  });

  it('tells nothing of the person, of the session’s id or of its data, nor does the log', async () => {
    const id = `id-${randomUUID()}`;
    await signIn({ id });
    await store.endSessions({ ...SHOP, sid }, epochSeconds());
    bus.errorCodeOf = (_entry, request) => (request < 3 ? 'InternalFailure' : undefined);
    const records = await nextRecords();
    await handle(records);
    await handle(records);
    const told = `${JSON.stringify(bus.requests)}${written}`;
    expect(told).toContain('session_ended_events_refused');
    for (const personal of [sub, sid, 'private']) {
      expect(JSON.stringify(records)).toContain(personal);
      expect(told).not.toContain(personal);
    }
    expect(told).not.toContain(id);
  });
});

describe('what is no end of a session', () => {
  it('does not invoke the function: logins, saves, pointers, markers', async () => {
    const { id } = await signIn();
    await store.update(id, { data: { cart: [] } });
    await store.update(id, { expiresAt: epochSeconds() + 1800 });
    await store.endSessions({ ...SHOP, sid }, epochSeconds() - 120);
    expect(await nextRecords()).toEqual([]);
  });

  it('does not invoke the function: a login that is refused, a second end, an end whose time is over', async () => {
    await store.endSessions({ ...SHOP, sid }, epochSeconds());
    await expect(signIn()).rejects.toMatchObject({ code: 'logged_out' });
    const session = await signIn({ sid: randomUUID() });
    await store.delete(session.id);
    expect(await nextRecords()).toHaveLength(1);
    await store.delete(session.id);
    await store.endSessions({ ...SHOP, sub }, epochSeconds());
    await deleteItem(session);
    expect(await nextRecords()).toEqual([]);
  });

  it('does not invoke the function either when a login has taken the place of a session before', async () => {
    const { id, creation } = await signIn();
    await signIn({ id, replaces: creation });
    expect(await nextRecords()).toHaveLength(1);
    await store.update(id, { data: { cart: [] } });
    expect(await nextRecords()).toEqual([]);
  });

  it('publishes nothing when it comes all the same, and is not told in the log', async () => {
    const warn = vi.spyOn(console, 'warn');
    const { id } = await signIn();
    await store.update(id, { data: { cart: [] } });
    const changes = (await nextChanges()).filter(({ eventName }) => eventName === 'MODIFY');
    expect(changes).toHaveLength(1);
    expect(await handle(changes)).toEqual({ batchItemFailures: [] });
    expect(bus.requests).toEqual([]);
    expect(warn.mock.calls).toEqual([]);
    expect(written).toBe('');
  });

  it.each<[string, object]>([
    ['no old image', {}],
    ['an item of something else', { OldImage: { pk: { S: 'SESSION#x' }, sk: { S: 'SESSION' }, by: { S: 'hand' } } }],
    ['an item with times of another type', { OldImage: { pk: { S: 'SESSION#x' }, expiresAt: { S: 'private' } } }],
  ])('does not hold up what comes after it: a record with %s', async (_what, images) => {
    const { records, sessions } = await recordsOf(1);
    const dynamodb = { SequenceNumber: '0', ApproximateCreationDateTime: 0, ...images };
    expect(await handle([{ eventName: 'REMOVE', dynamodb }, ...records])).toEqual({ batchItemFailures: [] });
    expect(published()).toMatchObject([{ idHash: sessions[0]?.idHash }]);
    expect(written).toContain('session_end_unreadable');
    expect(written).not.toContain('private');
  });

  it('is refused when it is no stream’s event: the function is wired to something else', async () => {
    await expect(handler({ Records: [{ body: 'x' }] }, lambdaContext)).rejects.toThrow();
  });
});

describe('many ends of sessions', () => {
  it('are published ten at once, in their order', async () => {
    const { records, sessions } = await recordsOf(23);
    expect(await handle(records)).toEqual({ batchItemFailures: [] });
    expect(bus.requests.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(published()).toMatchObject(sessions.map(({ idHash }) => ({ idHash })));
  });

  it('that no time is left for are delivered again by the stream, and those that were published are counted', async () => {
    const { records } = await recordsOf(23);
    const answer = await handle(records, () => (bus.requests.length < 2 ? 60_000 : 12_000));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumberOf(records[20]) }] });
    expect(bus.requests.map(({ length }) => length)).toEqual([10, 10]);
    expect(written).toContain('"SessionEndedEventsPublished":[10,10]');
    expect(written).not.toContain('session_ended_events_failed');
  });

  it('of which the bus refuses some: exactly those are tried again', async () => {
    const { records, sessions } = await recordsOf(4);
    const [, second, , fourth] = sessions;
    bus.errorCodeOf = ({ Detail }, request) => {
      const isUnlucky = [second?.idHash, fourth?.idHash].some((idHash) => Detail.includes(String(idHash)));
      return isUnlucky && request === 0 ? 'ThrottlingException' : undefined;
    };
    expect(await handle(records)).toEqual({ batchItemFailures: [] });
    expect(bus.requests.slice(1).map((entries) => entries.map(({ Detail }) => JSON.parse(Detail).idHash))).toEqual([
      [second?.idHash, fourth?.idHash],
    ]);
    expect(written).toContain('"SessionEndedEventsPublished":4');
    expect(written).toContain('"SessionEndedEventsNotPublished":0');
  });

  it('of which the bus refuses some again and again: the stream delivers from the first of them', async () => {
    const { records, sessions } = await recordsOf(14);
    bus.errorCodeOf = ({ Detail }) =>
      [2, 5].some((index) => Detail.includes(String(sessions[index]?.idHash))) ? 'InternalFailure' : undefined;
    expect(await handle(records)).toEqual({
      batchItemFailures: [{ itemIdentifier: sequenceNumberOf(records[2]) }],
    });
    // Three tries, and nothing of what comes after the ten.
    expect(bus.requests.map(({ length }) => length)).toEqual([10, 2, 2]);
    expect(written).toContain('"SessionEndedEventsNotPublished":2');
    expect(written).toContain('"errorCodes":["InternalFailure","InternalFailure"]');
  });

  it('that the bus cannot take now are delivered again by the stream, from the first', async () => {
    const { records } = await recordsOf(2);
    bus.isDown = true;
    expect(await handle(records)).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumberOf(records[0]) }] });
    expect(written).toContain('"SessionEndedEventsNotPublished":2');
  });
});
