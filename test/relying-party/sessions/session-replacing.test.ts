import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  LoggedOutError,
  type Session,
  SessionNotFoundError,
  SessionStore,
} from '../../../relying-party/sessions/index.ts';
import { itemOf } from '../../../relying-party/sessions/session.ts';
import { succeed } from '../../../relying-party/sessions/session-succession.ts';
import { startDynamodbProxy } from '../../dynamodb-proxy.ts';
import type { Fate } from '../../fault-proxy.ts';
import { epochSeconds } from '../../logout-token.ts';
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

/** Writes what another login would. */
async function takeOver(idHash: string, held: string | undefined): Promise<void> {
  const succession = { idHash, creation: 'of another', replaces: held };
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

  it.each(deaths)('at operation %i (%s) leaves nothing that logouts do not end', async (last, fate) => {
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
