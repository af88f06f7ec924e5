import { randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  LoggedOutError,
  type Session,
  SessionExistsError,
  SessionNotFoundError,
  SessionStore,
} from '../../../relying-party/sessions/index.ts';
import { itemOf } from '../../../relying-party/sessions/session.ts';
import { requireWritten, succeed } from '../../../relying-party/sessions/session-succession.ts';
import { startDynamodbProxy } from '../../dynamodb-proxy.ts';
import type { Fate } from '../../fault-proxy.ts';
import { epochSeconds } from '../../logout-token.ts';
import { sampleOf } from '../../sample.ts';
import { standingClock } from '../../standing-clock.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { login } from './login.ts';

const issuer = 'https://op.example.com';
const clientId = 'shop';

let table: TestTable;
let store: SessionStore;

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore(table);
});

standingClock();

describe('a login in the place of a session', () => {
  it('has the id from then on, and a logout of the old one finds nothing to end', async () => {
    const old = await store.create(login());
    const { id, sub } = await store.create({ ...login(), id: old.id, replaces: old.creation });
    expect(await store.get(id)).toMatchObject({ sub });
    expect(await store.endSessions({ issuer, clientId, sub: old.sub }, epochSeconds())).toEqual({ ended: 0 });
    expect(await store.get(id)).toMatchObject({ sub });
    expect(await store.endSessions({ issuer, clientId, sub }, epochSeconds())).toEqual({ ended: 1 });
    expect(await store.get(id)).toBeUndefined();
  });

  it('leaves no pointer to the old one', async () => {
    const old = await store.create(login());
    await store.create({ ...login(), id: old.id, replaces: old.creation });
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
    expect(Items.filter(({ sk }) => String(sk).includes(old.creation))).toEqual([]);
  });

  it('is refused once the session has ended, and brings nothing back', async () => {
    const old = await store.create(login());
    await store.endSessions({ issuer, clientId, sub: old.sub }, epochSeconds() - 5);
    const again = { ...login({ sub: old.sub, idTokenIssuedAt: epochSeconds() }), id: old.id, replaces: old.creation };
    await expect(store.create(again)).rejects.toThrow(SessionNotFoundError);
    expect(await store.get(old.id)).toBeUndefined();
    expect(await store.list(again)).toEqual([]);
  });

  it('is refused where it was logged out itself, and the session goes on', async () => {
    const old = await store.create(login());
    const next = login();
    await store.endSessions({ issuer, clientId, sub: next.sub }, epochSeconds());
    await expect(store.create({ ...next, id: old.id, replaces: old.creation })).rejects.toThrow(LoggedOutError);
    expect(await store.get(old.id)).toMatchObject({ sub: old.sub });
  });
});

it.each<[string, (old: Session) => Promise<unknown>]>([
  ['a logout ends', ({ sub }) => store.endSessions({ issuer, clientId, sub }, epochSeconds())],
  ['another login takes', ({ idHash, creation }) => takeOver(idHash, creation)],
])('a login in the place of a session that %s meanwhile is refused', async (_what, happens) => {
  const proxy = await startDynamodbProxy(1);
  const far = new SessionStore({ ...table, client: proxy.client });
  const old = await store.create(login());
  proxy.fateOf = async (operation): Promise<Fate> => {
    // It has read the session, and is about to end it.
    if (operation === 'UpdateItem') {
      proxy.fateOf = () => 'pass';
      await happens(old);
    }
    return 'pass';
  };
  const next = { ...login(), id: old.id, replaces: old.creation };
  await expect(far.create(next)).rejects.toThrow(SessionNotFoundError);
  expect(await store.list(next)).toEqual([]);
  await proxy.stop();
});

it('a login that may have named itself the successor already does so once, and never after another', async () => {
  const proxy = await startDynamodbProxy(2);
  const far = new SessionStore({ ...table, client: proxy.client });
  const old = await store.create(login());
  await store.delete(old.id);
  const fates: (() => Promise<Fate>)[] = [
    async () => 'lose answer',
    async () => {
      await takeOver(old.idHash, undefined);
      return 'pass';
    },
  ];
  proxy.fateOf = async (operation) => (operation === 'UpdateItem' && (await fates.shift()?.())) || 'pass';
  await expect(far.create({ ...login(), id: old.id })).rejects.toThrow(SessionExistsError);
  expect(fates).toEqual([]);
  expect(await itemOf(table, old.idHash)).toMatchObject({ successor: 'of another' });
  await proxy.stop();
});

/** Writes what another login would. */
async function takeOver(idHash: string, held: string | undefined, creation = 'of another'): Promise<void> {
  const succession = { idHash, creation, replaces: held };
  expect(await succeed(table, succession, epochSeconds())).toBe('successor');
}

it('the end of a session is written once: another logout of it leaves the successor alone', async () => {
  const proxy = await startDynamodbProxy(1);
  const far = new SessionStore({ ...table, client: proxy.client });
  const { idHash, sub } = await store.create(login());
  const scope = { issuer, clientId, sub };
  proxy.fateOf = async (_operation, index): Promise<Fate> => {
    // Marker and pointers come before.
    if (index === 2) {
      await store.endSessions(scope, epochSeconds());
      await takeOver(idHash, undefined);
    }
    return 'pass';
  };
  expect(await far.endSessions(scope, epochSeconds())).toEqual({ ended: 0 });
  expect(await itemOf(table, idHash)).toMatchObject({ cause: 'logout', successor: 'of another' });
  await proxy.stop();
});

describe('a login in the place of a session that dies', () => {
  const MARKERS = ['GetItem', 'GetItem'];
  const OLD_ONE = ['GetItem', 'UpdateItem', 'BatchWriteItem'];
  const OPERATIONS = ['PutItem', 'PutItem', ...MARKERS, ...OLD_ONE, ...MARKERS, 'PutItem'];
  const deaths = OPERATIONS.flatMap((_operation, index) =>
    (['lose answer', 'lose request'] as const).map((fate) => [index, fate] as const),
  );

  // Of three, so that both fates are among them.
  it.each(sampleOf(deaths, 3))('at operation %i (%s) leaves nothing that logouts do not end', async (last, fate) => {
    const proxy = await startDynamodbProxy(1);
    const far = new SessionStore({ ...table, client: proxy.client });
    const [old, next] = [await store.create(login()), login()];
    proxy.fateOf = (_operation, index) => (index < last ? 'pass' : index === last ? fate : 'lose request');
    await expect(far.create({ ...next, id: old.id, replaces: old.creation })).rejects.toThrow();
    expect(proxy.operations.slice(0, last + 1)).toEqual(OPERATIONS.slice(0, last + 1));
    await store.endSessions({ issuer, clientId, sub: old.sub }, epochSeconds());
    await store.endSessions({ issuer, clientId, sub: next.sub }, epochSeconds());
    expect(await store.get(old.id)).toBeUndefined();
    await proxy.stop();
  });
});

it('a save for one creation leaves the session alone that has taken the id since', async () => {
  const old = await store.create(login());
  const next = await store.create({ ...login({ data: { of: 'next' } }), id: old.id, replaces: old.creation });
  const late = store.update(old.id, { data: { of: 'old' }, creation: old.creation });
  await expect(late).rejects.toThrow(SessionNotFoundError);
  expect(await store.get(old.id)).toMatchObject({ data: { of: 'next' } });
  expect(await store.update(old.id, { data: { of: 'next, saved' }, creation: next.creation })).toMatchObject({
    data: { of: 'next, saved' },
  });
});

it('a sign-out of one creation leaves the session alone that has taken the id since', async () => {
  const old = await store.create(login());
  const next = await store.create({ ...login(), id: old.id, replaces: old.creation });
  await store.delete(old.id, old.creation);
  expect(await store.get(old.id)).toMatchObject({ creation: next.creation });
  await store.delete(old.id, next.creation);
  expect(await store.get(old.id)).toBeUndefined();
});

interface Written {
  readonly id: string;
  readonly sub: string;
  readonly creation: string | undefined;
}

it.each<[string, (written: Written) => Promise<unknown>]>([
  [
    'another login has taken its place and signed out',
    async ({ id, creation }) => {
      await store.create({ ...login(), id, replaces: creation });
      await store.delete(id);
    },
  ],
  [
    'an end of all sessions has ended it, and another login has had the id and signed out',
    async ({ id, sub }) => {
      await store.endAllSessions({ issuer, clientId, sub });
      await store.create({ ...login(), id });
      await store.delete(id);
    },
  ],
])('a session is not written again where %s, and its first write is answered by then', async (_what, happens) => {
  const proxy = await startDynamodbProxy(2);
  const far = new SessionStore({ ...table, client: proxy.client });
  const id = randomUUID();
  // Dated so that the end of all sessions does not forbid it.
  const next = login({ id, idTokenIssuedAt: epochSeconds() + 30 });
  let writes = 0;
  proxy.fateOf = async (_operation, _index, { body }): Promise<Fate> => {
    if (!body.includes('"data":{')) {
      return 'pass';
    }
    writes += 1;
    if (writes === 1) {
      return 'lose answer';
    }
    await happens({ id, sub: next.sub, creation: (await store.get(id))?.creation });
    return 'pass';
  };
  await expect(far.create(next)).rejects.toThrow(SessionExistsError);
  expect(writes).toBe(2);
  expect(await store.get(id)).toBeUndefined();
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
  expect(Items.filter(({ sub }) => sub === next.sub)).toEqual([]);
  await proxy.stop();
});

describe('a session that has the id already that it is written under', () => {
  const placeOf = (session: Session) => ({ ...session, replaces: undefined });

  it('is written where it lives: the answer to its write was lost', async () => {
    const session = await store.create(login());
    expect(await succeed(table, placeOf(session), epochSeconds())).toBe('written');
    await expect(requireWritten(table, placeOf(session))).resolves.toBeUndefined();
  });

  it.each<[string, (session: Session & { readonly id: string }) => Promise<unknown>, new () => Error]>([
    ['a logout', ({ sub }) => store.endSessions({ issuer, clientId, sub }, epochSeconds()), LoggedOutError],
    ['a sign-out', ({ id }) => store.delete(id), SessionNotFoundError],
  ])('is refused where %s has ended it meanwhile', async (_what, end, refusal) => {
    const session = await store.create(login());
    await end(session);
    await expect(succeed(table, placeOf(session), epochSeconds())).rejects.toBeInstanceOf(refusal);
    await expect(requireWritten(table, placeOf(session))).rejects.toBeInstanceOf(refusal);
  });

  it('is refused where something else has the id, or nothing', async () => {
    const session = await store.create(login());
    await expect(requireWritten(table, { ...placeOf(session), creation: 'x' })).rejects.toThrow(SessionExistsError);
    await expect(requireWritten(table, { ...placeOf(session), idHash: 'x' })).rejects.toThrow(SessionExistsError);
  });
});

describe('an id', () => {
  it('is kept for the last of several that name themselves its successors', async () => {
    const { id, idHash, creation } = await store.create(login());
    await store.delete(id);
    await takeOver(idHash, undefined, 'one');
    await takeOver(idHash, undefined, 'two');
    expect(await itemOf(table, idHash)).toMatchObject({ creation, cause: 'deleted', successor: 'two' });
    expect(await succeed(table, { idHash, creation: 'two', replaces: undefined }, epochSeconds())).toBe('successor');
  });

  it('of a session that nobody ended is kept for its successor, with how it ended', async () => {
    const [over, live] = [await store.create(login({ expiresAt: epochSeconds() + 60 })), await store.create(login())];
    await takeOver(live.idHash, live.creation);
    // Also when the SDK sends its writes again.
    await takeOver(live.idHash, live.creation);
    const [endedAt, expiresAt] = [epochSeconds(), epochSeconds() + 86_400];
    expect(await itemOf(table, live.idHash)).toMatchObject({ cause: 'replaced', endedAt, expiresAt });
    vi.setSystemTime(over.expiresAt * 1000 - 1);
    await expect(takeOver(over.idHash, undefined)).rejects.toThrow(SessionExistsError);
    vi.setSystemTime(over.expiresAt * 1000);
    await expect(takeOver(over.idHash, over.creation)).rejects.toThrow(SessionNotFoundError);
    await takeOver(over.idHash, undefined);
    expect(await itemOf(table, over.idHash)).toMatchObject({ cause: 'deleted', endedAt: epochSeconds() });
  });

  it('is free once its session has lived as long as it may, whatever end was saved', async () => {
    const brief = new SessionStore({ ...table, maxSessionLifetimeSeconds: 3600 });
    const { id, idHash, latestExpiresAt } = await brief.create(login());
    await store.update(id, { expiresAt: latestExpiresAt + 1000 });
    vi.setSystemTime(latestExpiresAt * 1000 - 1);
    await expect(takeOver(idHash, undefined)).rejects.toThrow(SessionExistsError);
    vi.setSystemTime(latestExpiresAt * 1000);
    await takeOver(idHash, undefined);
  });

  it('of a live session is not for who wants to replace another one', async () => {
    const { idHash, creation } = await store.create(login());
    await expect(takeOver(idHash, 'of another')).rejects.toThrow(SessionNotFoundError);
    expect(await itemOf(table, idHash)).toMatchObject({ creation, data: '{}' });
  });

  it('that nobody has is vacant, and replaces nothing', async () => {
    const free = { idHash: 'of nobody', creation: 'c', replaces: undefined };
    expect(await succeed(table, free, epochSeconds())).toBe('vacant');
    await expect(succeed(table, { ...free, replaces: 'gone' }, epochSeconds())).rejects.toThrow(SessionNotFoundError);
  });

  it('that others take each time is given up after four tries', async () => {
    const proxy = await startDynamodbProxy(1);
    const { id, idHash } = await store.create(login());
    await store.delete(id);
    let tries = 0;
    proxy.fateOf = async (operation): Promise<Fate> => {
      if (operation === 'UpdateItem') {
        await takeOver(idHash, undefined, `other ${tries++}`);
      }
      return 'pass';
    };
    const far = { ...table, client: proxy.client };
    const succession = { idHash, creation: 'late', replaces: undefined };
    await expect(succeed(far, succession, epochSeconds())).rejects.toThrow(SessionExistsError);
    expect(tries).toBe(4);
    await proxy.stop();
  });
});
