import { randomUUID } from 'node:crypto';
import { GetCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  LoggedOutError,
  type NewSession,
  SessionExistsError,
  SessionNotFoundError,
  SessionStore,
} from '../../../relying-party/sessions/index.ts';
import { hashOf } from '../../../relying-party/sessions/item-keys.ts';
import { epochSeconds as now } from '../../logout-token.ts';
import { standingClock } from '../../standing-clock.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { login as newLogin } from './login.ts';
import { addCopies } from './session-copies.ts';

const issuer = 'https://op.example.com';
const clientId = 'shop';
const DAY = 86_400;

let table: TestTable;
let store: SessionStore;

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore(table);
});

standingClock();

const login = (changes: Partial<NewSession> = {}) => newLogin({ data: { name: 'Alice' }, ...changes });

async function itemsOf(predicate: (item: Record<string, unknown>) => boolean): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName, ConsistentRead: true }));
  return Items.filter(predicate);
}

describe('create', () => {
  it('returns the session under a random id of 128 bits or more', async () => {
    const input = login();
    const session = await store.create(input);
    expect(Buffer.from(session.id, 'base64url').length).toBeGreaterThanOrEqual(16);
    const { id, ...rest } = session;
    expect(await store.get(id)).toEqual(rest);
    expect(rest).toMatchObject({ ...input, idHash: hashOf(id) });
  });

  it('knows nothing of a sid that the login has not', async () => {
    const session = await store.create(login({ sid: undefined }));
    expect(session).not.toHaveProperty('sid');
    expect(await store.get(session.id)).not.toHaveProperty('sid');
  });

  it('stores neither the id nor anything personal in a key', async () => {
    const session = await store.create(login());
    const items = await itemsOf((item) => JSON.stringify(item).includes(session.idHash));
    expect(items).toHaveLength(3);
    for (const item of items) {
      expect(JSON.stringify(item)).not.toContain(session.id);
      expect(`${item.pk}${item.sk}`).not.toContain(session.sub);
    }
  });

  it('takes the id that it is given, and refuses it while a live session has it', async () => {
    const id = randomUUID();
    const first = login({ id });
    await store.create(first);
    await expect(store.create(login({ id }))).rejects.toThrow(SessionExistsError);
    expect(await store.get(id)).toMatchObject({ sub: first.sub });
    expect(await store.list(first)).toHaveLength(1);
  });

  it('takes an id again whose session has expired and that DynamoDB has not deleted yet', async () => {
    const id = randomUUID();
    await store.create(login({ id, expiresAt: now() + 60 }));
    vi.setSystemTime(Date.now() + 61_000);
    const again = login({ id });
    await store.create(again);
    expect(await store.get(id)).toMatchObject({ sub: again.sub });
  });

  it('cuts the end to the longest life a session may have, counted from the ID token', async () => {
    const input = login({ expiresAt: now() + 365 * DAY });
    const session = await store.create(input);
    expect(session.expiresAt).toBe(input.idTokenIssuedAt + 30 * DAY);
  });

  it('takes a fraction of a second for the second it is in, so that a logout of that second covers it', async () => {
    const second = now() - 10;
    const session = await store.create(login({ idTokenIssuedAt: second + 0.7, expiresAt: now() + 3600.5 }));
    expect(session).toMatchObject({ idTokenIssuedAt: second, expiresAt: expect.toSatisfy(Number.isInteger) });
    await store.endSessions({ issuer, clientId, sub: session.sub }, second);
    expect(await store.get(session.id)).toBeUndefined();
  });

  it('leaves nothing behind when a logout covers the login', async () => {
    const input = login();
    await store.endSessions({ issuer, clientId, sub: input.sub }, input.idTokenIssuedAt);
    await expect(store.create(input)).rejects.toThrow(LoggedOutError);
    expect(await itemsOf(({ sub }) => sub === input.sub)).toEqual([]);
    expect(await store.list(input)).toEqual([]);
  });

  it('leaves nothing behind when the markers cannot be read', async () => {
    const input = login();
    const session = await store.create({ ...input });
    await store.delete(session.id);
    // A marker of another shape: the table is not only ours to write.
    const pk = `SUBJECT#${hashOf(issuer, clientId, input.sub)}`;
    await table.client.send(
      new PutCommand({ TableName: table.tableName, Item: { pk, sk: 'NOT_BEFORE', notBefore: 'never' } }),
    );
    await expect(store.create(input)).rejects.toThrow();
    expect(await itemsOf(({ sub }) => sub === input.sub)).toEqual([]);
  });

  it.each<[string, Partial<NewSession>, RegExp]>([
    ['an expiresAt in milliseconds', { expiresAt: Date.now() + 3_600_000 }, /expiresAt .* looks like milliseconds/],
    ['an expiresAt that has passed', { expiresAt: now() - 1 }, /expiresAt must be in the future/],
    ['an idTokenIssuedAt in milliseconds', { idTokenIssuedAt: Date.now() }, /idTokenIssuedAt .* milliseconds/],
    ['an idTokenIssuedAt in the future', { idTokenIssuedAt: now() + 400 }, /idTokenIssuedAt must not be in the future/],
    ['an idTokenIssuedAt that is no number', { idTokenIssuedAt: Number.NaN }, /idTokenIssuedAt must be epoch seconds/],
    ['an ID token older than a session may live', { idTokenIssuedAt: now() - 31 * DAY }, /must be in the future/],
    ['an empty sub', { sub: '' }, /sub must be a non-empty string/],
    ['an empty sid', { sid: '' }, /sid must be a non-empty string/],
    ['an empty id', { id: '' }, /id must be a non-empty string/],
    ['an empty issuer', { issuer: '' }, /issuer must be a non-empty string/],
    ['data that JSON cannot hold', { data: Object([1]) }, /data must be an object/],
  ])('refuses %s', async (_what, changes, message) => {
    await expect(store.create(login(changes))).rejects.toThrow(message);
  });
});

describe('get', () => {
  it('finds nothing under an id that was never given', async () => {
    expect(await store.get('no such id')).toBeUndefined();
  });

  it('finds nothing once the session has expired, although DynamoDB has not deleted it', async () => {
    const { id } = await store.create(login({ expiresAt: now() + 60 }));
    expect(await store.get(id)).toBeDefined();
    vi.setSystemTime(Date.now() + 60_000);
    expect(await store.get(id)).toBeUndefined();
  });
});

describe('update', () => {
  it('saves data and leaves the end alone', async () => {
    const { id, expiresAt } = await store.create(login());
    expect(await store.update(id, { data: { cart: [1, 2] } })).toMatchObject({ data: { cart: [1, 2] }, expiresAt });
    expect(await store.get(id)).toMatchObject({ data: { cart: [1, 2] }, expiresAt });
  });

  it('moves the end and leaves the data alone, never past the longest life', async () => {
    const input = login();
    const { id } = await store.create(input);
    const expiresAt = now() + 7200;
    expect(await store.update(id, { expiresAt })).toMatchObject({ data: input.data, expiresAt });
    const latest = input.idTokenIssuedAt + 30 * DAY;
    expect(await store.update(id, { expiresAt: now() + 90 * DAY })).toMatchObject({ expiresAt: latest });
    vi.setSystemTime(latest * 1000);
    expect(await store.get(id)).toBeUndefined();
    await expect(store.update(id, { data: {} })).rejects.toThrow(SessionNotFoundError);
  });

  it.each<[string, (session: { id: string; sub: string; sid?: string | undefined }) => Promise<unknown>]>([
    ['deleted', ({ id }) => store.delete(id)],
    ['ended by its subject', ({ sub }) => store.endSessions({ issuer, clientId, sub }, now())],
    ['ended by its sid', ({ sid = '' }) => store.endSessions({ issuer, clientId, sid }, now())],
  ])('never brings back a session that was %s', async (_how, end) => {
    const session = await store.create(login());
    await end(session);
    await expect(store.update(session.id, { data: { back: true } })).rejects.toThrow(SessionNotFoundError);
    expect(await store.get(session.id)).toBeUndefined();
  });

  it('never moves the end further than a session may live, so that DynamoDB can clean up', async () => {
    const { id, idHash } = await store.create(login());
    await store.update(id, { expiresAt: 9e10 });
    const [item] = await itemsOf(({ pk }) => pk === `SESSION#${idHash}`);
    expect(item?.expiresAt).toBeLessThanOrEqual(now() + 30 * DAY);
  });

  it('changes nothing where nothing is to be changed, and tells whether the session is there', async () => {
    const { id, ...session } = await store.create(login());
    expect(await store.update(id, {})).toEqual(session);
    await store.delete(id);
    await expect(store.update(id, {})).rejects.toThrow(SessionNotFoundError);
  });

  it('refuses an end of zero', async () => {
    const { id } = await store.create(login());
    await expect(store.update(id, { expiresAt: 0 })).rejects.toThrow(RangeError);
  });

  it('refuses an end that has passed', async () => {
    const { id } = await store.create(login());
    await expect(store.update(id, { expiresAt: now() })).rejects.toThrow(/must be in the future/);
  });
});

describe('delete', () => {
  it('deletes the session and all that points to it', async () => {
    const { id, idHash } = await store.create(login());
    await store.delete(id);
    expect(await itemsOf((item) => !item.endedAt && JSON.stringify(item).includes(idHash))).toEqual([]);
  });

  it('takes an id that is gone', async () => {
    await expect(store.delete('no such id')).resolves.toBeUndefined();
  });
});

describe('list', () => {
  it('lists the live sessions of a subject at a client, and nobody else', async () => {
    const { sub } = login();
    const first = await store.create(login({ sub }));
    const second = await store.create(login({ sub, sid: undefined }));
    await store.create(login({ sub, expiresAt: now() + 1 }));
    await store.create(login({ sub, clientId: 'other' }));
    await store.create(login());
    vi.setSystemTime(Date.now() + 1000);
    const listed = await store.list({ issuer, clientId, sub });
    expect(listed.map(({ idHash }) => idHash).sort()).toEqual([first.idHash, second.idHash].sort());
  });

  it('lists more sessions than one batch holds', async () => {
    const { sub } = login();
    await addCopies(table, await store.create(login({ sub })), 129);
    expect(await store.list({ issuer, clientId, sub })).toHaveLength(130);
  });
});

describe('endSessions', () => {
  it('ends one OP session by its sid, and leaves the other devices of the subject alone', async () => {
    const { sub } = login();
    const phone = await store.create(login({ sub, sid: 'phone' }));
    const phoneAgain = await store.create(login({ sub, sid: 'phone' }));
    const laptop = await store.create(login({ sub, sid: 'laptop' }));
    expect(await store.endSessions({ issuer, clientId, sid: 'phone' }, now())).toEqual({ ended: 2 });
    expect(await Promise.all([phone, phoneAgain, laptop].map(({ id }) => store.get(id)))).toEqual([
      undefined,
      undefined,
      expect.objectContaining({ sid: 'laptop' }),
    ]);
  });

  it('ends all sessions of a subject, with and without sid, and nobody else', async () => {
    const { sub } = login();
    const ended = await Promise.all([login({ sub }), login({ sub, sid: undefined })].map((one) => store.create(one)));
    const kept = await Promise.all(
      [login(), login({ sub, clientId: 'other' }), login({ sub, issuer: `${issuer}/` }), login({ sub: `${sub} ` })].map(
        (one) => store.create(one),
      ),
    );
    expect(await store.endSessions({ issuer, clientId, sub }, now())).toEqual({ ended: 2 });
    expect(await Promise.all(ended.map(({ id }) => store.get(id)))).toEqual([undefined, undefined]);
    expect((await Promise.all(kept.map(({ id }) => store.get(id)))).every(Boolean)).toBe(true);
  });

  it('leaves its marker behind, and for a day the session’s end, without anything personal', async () => {
    const { id, sid = '', idHash, creation, ...rest } = await store.create(login());
    await store.endSessions({ issuer, clientId, sid }, now());
    expect(await itemsOf((item) => JSON.stringify(item).includes(idHash))).toEqual([
      {
        pk: `SESSION#${idHash}`,
        sk: 'SESSION',
        issuer,
        clientId,
        creation,
        cause: 'logout',
        scope: 'sid',
        endedAt: expect.closeTo(now(), -1),
        expiresAt: expect.closeTo(now() + DAY, -1),
      },
    ]);
    const again = { ...rest, id, idTokenIssuedAt: now() + 1 };
    expect(await store.create(again)).toMatchObject({ idHash });
    expect(await itemsOf(({ pk }) => pk === `SID#${hashOf(issuer, clientId, sid)}`)).toEqual([
      expect.objectContaining({ sk: 'NOT_BEFORE' }),
    ]);
  });

  it('ends what was issued at its time, and not what was issued after', async () => {
    const { sub } = login();
    const logout = now() - 5;
    const at = await store.create(login({ sub, idTokenIssuedAt: logout }));
    const after = await store.create(login({ sub, idTokenIssuedAt: logout + 1 }));
    await store.endSessions({ issuer, clientId, sub }, logout);
    expect(await store.get(at.id)).toBeUndefined();
    expect(await store.get(after.id)).toBeDefined();
  });

  it('never lowers a marker: a logout that is delivered late does not open the door again', async () => {
    const { sub } = login();
    await store.endSessions({ issuer, clientId, sub }, now());
    await store.endSessions({ issuer, clientId, sub }, now() - 100);
    await expect(store.create(login({ sub, idTokenIssuedAt: now() - 50 }))).rejects.toThrow(LoggedOutError);
  });

  it('lets a login made after it in at once', async () => {
    const { sub, sid } = login();
    await store.endSessions({ issuer, clientId, sub }, now() - 5);
    const { id } = await store.create(login({ sub, sid, idTokenIssuedAt: now() - 4 }));
    expect(await store.get(id)).toBeDefined();
  });

  it('leaves a session alone whose id an older pointer names', async () => {
    const { sub, id, idHash } = await store.create(login());
    const stray = `SUBJECT#${hashOf(issuer, clientId, 'mallory')}`;
    await table.client.send(
      new PutCommand({
        TableName: table.tableName,
        Item: { pk: stray, sk: `SESSION#${idHash}#older`, idTokenIssuedAt: now() - 10, partitions: [stray] },
      }),
    );
    expect(await store.endSessions({ issuer, clientId, sub: 'mallory' }, now())).toEqual({ ended: 0 });
    expect(await store.list({ issuer, clientId, sub: 'mallory' })).toEqual([]);
    expect(await store.get(id)).toMatchObject({ sub });
  });

  it.each([
    ['whose time is a string', { idTokenIssuedAt: 'yesterday' }],
    ['whose time is a number in a string', { idTokenIssuedAt: '1' }],
    ['that has lost its attributes', { idTokenIssuedAt: undefined, partitions: undefined }],
    ['whose partitions have no name', { partitions: ['', ''] }],
  ])('ends what a spoilt pointer names %s, and the sessions beside it', async (_what, changes) => {
    const { sub } = login();
    const [spoilt, beside] = [await store.create(login({ sub })), await store.create(login({ sub }))];
    const [pointer] = await itemsOf(
      ({ pk, sk }) => String(pk).startsWith('SUBJECT#') && String(sk).includes(spoilt.idHash),
    );
    const Item = JSON.parse(JSON.stringify({ ...pointer, ...changes }));
    await table.client.send(new PutCommand({ TableName: table.tableName, Item }));
    expect(await store.endSessions({ issuer, clientId, sub }, now())).toEqual({ ended: 2 });
    expect(await Promise.all([spoilt, beside].map(({ id }) => store.get(id)))).toEqual([undefined, undefined]);
  });

  it('replaces a marker whose time is no number', async () => {
    const { sub } = login();
    const pk = `SUBJECT#${hashOf(issuer, clientId, sub)}`;
    const Item = { pk, sk: 'NOT_BEFORE', notBefore: '1', expiresAt: 1 };
    await table.client.send(new PutCommand({ TableName: table.tableName, Item }));
    await store.endSessions({ issuer, clientId, sub }, now());
    await expect(store.create(login({ sub }))).rejects.toThrow(LoggedOutError);
  });

  it('ends what a pointer names beside one that is spoilt and looks like it', async () => {
    const { sub, idHash, creation, id } = await store.create(login());
    const pk = `SUBJECT#${hashOf(issuer, clientId, sub)}`;
    for (const sk of [`SESSION#${idHash}#${creation}#more`, `SESSION#${idHash}`]) {
      await table.client.send(new PutCommand({ TableName: table.tableName, Item: { pk, sk } }));
    }
    expect(await store.endSessions({ issuer, clientId, sub }, now())).toEqual({ ended: 1 });
    expect(await store.get(id)).toBeUndefined();
  });

  it('never shortens the life of its marker: stores may give sessions different lives', async () => {
    const { sub } = login();
    const scope = { issuer, clientId, sub };
    const lifeOfMarker = async () => {
      const [marker] = await itemsOf(
        ({ pk, sk }) => pk === `SUBJECT#${hashOf(issuer, clientId, sub)}` && sk === 'NOT_BEFORE',
      );
      return { notBefore: Number(marker?.notBefore), days: Math.round((Number(marker?.expiresAt) - now()) / DAY) };
    };
    const brief = new SessionStore({ ...table, maxSessionLifetimeSeconds: 3600 });
    await brief.endSessions(scope, now() - 20);
    expect(await lifeOfMarker()).toEqual({ notBefore: now() - 20, days: 1 });
    await store.endSessions(scope, now() - 30);
    expect(await lifeOfMarker()).toEqual({ notBefore: now() - 20, days: 31 });
    await brief.endSessions(scope, now() - 10);
    expect(await lifeOfMarker()).toEqual({ notBefore: now() - 10, days: 31 });
  });

  it('ends more sessions than one page of pointers holds', async () => {
    const { sub } = login();
    // A page ends at 1 MB: pointers of 300 KB make the table page after four.
    const sessions = await Promise.all(Array.from({ length: 9 }, () => store.create(login({ sub }))));
    const pk = `SUBJECT#${hashOf(issuer, clientId, sub)}`;
    const pointers = await itemsOf((item) => item.pk === pk);
    const skOf = new Map(pointers.map(({ sk }) => [String(sk).split('#')[1], sk]));
    await Promise.all(
      sessions.map(({ idHash }) =>
        table.client.send(
          new UpdateCommand({
            TableName: table.tableName,
            Key: { pk, sk: skOf.get(idHash) },
            UpdateExpression: 'SET padding = :padding',
            ExpressionAttributeValues: { ':padding': 'x'.repeat(300_000) },
          }),
        ),
      ),
    );
    expect(await store.endSessions({ issuer, clientId, sub }, now())).toEqual({ ended: 9 });
    expect(await store.list({ issuer, clientId, sub })).toEqual([]);
  });

  it('keeps its marker as long as a session may live', async () => {
    const { sub } = login();
    await store.endSessions({ issuer, clientId, sub }, now() - 100);
    const Key = { pk: `SUBJECT#${hashOf(issuer, clientId, sub)}`, sk: 'NOT_BEFORE' };
    const { Item } = await table.client.send(new GetCommand({ TableName: table.tableName, Key }));
    expect(Item?.expiresAt).toBeGreaterThanOrEqual(now() - 1 + 30 * DAY);
  });

  it('keeps its marker and its pointers a day longer than the sessions, since clocks differ', async () => {
    const session = await store.create(login({ expiresAt: now() + 90 * DAY }));
    await store.endSessions({ issuer, clientId, sub: session.sub }, 1);
    const pk = `SUBJECT#${hashOf(issuer, clientId, session.sub)}`;
    const kept = await itemsOf((item) => item.pk === pk);
    expect(kept).toHaveLength(2);
    const expiries = kept.map((item) => Number(item.expiresAt));
    expect(Math.min(...expiries)).toBeGreaterThanOrEqual(session.expiresAt + DAY);
  });

  it.each([
    ['milliseconds', Date.now()],
    ['no number', Number.NaN],
    ['in the future', now() + 400],
  ])('refuses a time that is %s', async (_what, notBefore) => {
    await expect(store.endSessions({ issuer, clientId, sub: 'x' }, notBefore)).rejects.toThrow(RangeError);
  });
});

describe('an OP whose clock is five minutes ahead', () => {
  const ahead = () => login({ idTokenIssuedAt: now() + 300 });

  it.each<['sub' | 'sid']>([['sub'], ['sid']])(
    'has its logins let in, and ended by its logouts by %s',
    async (claim) => {
      const input = ahead();
      const scope = claim === 'sub' ? { sub: input.sub } : { sid: input.sid ?? '' };
      const { id } = await store.create(input);
      expect(await store.isLoggedOut(input)).toBe(false);
      expect(await store.endSessions({ issuer, clientId, ...scope }, now() + 300)).toEqual({ ended: 1 });
      expect(await store.get(id)).toBeUndefined();
      await expect(store.create(input)).rejects.toThrow(LoggedOutError);
      expect(await store.isLoggedOut(input)).toBe(true);
    },
  );

  it('has its sessions ended by “sign out everywhere”, and its logins under way where that is told how far ahead', async () => {
    const input = ahead();
    const { id } = await store.create(input);
    expect(await store.endAllSessions(input, 300)).toEqual({ ended: 1 });
    expect(await store.get(id)).toBeUndefined();
    await expect(store.create(input)).rejects.toThrow(LoggedOutError);
  });
});

describe('isLoggedOut', () => {
  it.each<['sub' | 'sid']>([['sub'], ['sid']])(
    'tells a login that a logout by %s covers from a later one',
    async (claim) => {
      const value = randomUUID();
      const scope = claim === 'sub' ? { sub: value } : { sid: value };
      const at = now() - 50;
      const isLoggedOut = (idTokenIssuedAt: number) =>
        store.isLoggedOut({ issuer, clientId, sub: 'somebody', sid: 'some sid', ...scope, idTokenIssuedAt });
      expect(await isLoggedOut(at)).toBe(false);
      await store.endSessions({ issuer, clientId, ...scope }, at);
      expect(await Promise.all([at - 1, at, at + 1].map(isLoggedOut))).toEqual([true, true, false]);
    },
  );

  it('says yes for a login older than a session may live, whose markers may be gone', async () => {
    const idTokenIssuedAt = now() - 31 * DAY;
    expect(await store.isLoggedOut({ issuer, clientId, sub: randomUUID(), idTokenIssuedAt })).toBe(true);
    const atTheLimit = [30 * DAY, 30 * DAY - 1].map((seconds) =>
      store.isLoggedOut({ issuer, clientId, sub: randomUUID(), idTokenIssuedAt: now() - seconds }),
    );
    expect(await Promise.all(atTheLimit)).toEqual([true, false]);
  });

  it('refuses a login of the future, which no logout would cover', async () => {
    const identity = { issuer, clientId, sub: randomUUID(), idTokenIssuedAt: now() + 301 };
    await expect(store.isLoggedOut(identity)).rejects.toThrow(/must not be in the future/);
  });

  it('refuses to answer where neither sub nor sid is given', async () => {
    await expect(store.isLoggedOut({ issuer, clientId, idTokenIssuedAt: now() })).rejects.toThrow(/sub or sid/);
  });
});

describe('a store for one relying party', () => {
  const forum = () => new SessionStore({ ...table, relyingParty: { issuer, clientId: 'forum' } });

  it('does not find, save or delete the session of another client, although the id is right', async () => {
    const { id, sub } = await store.create(login());
    expect(await forum().get(id)).toBeUndefined();
    await expect(forum().update(id, { data: { stolen: true } })).rejects.toThrow(SessionNotFoundError);
    await forum().delete(id);
    expect(await store.get(id)).toMatchObject({ sub, data: { name: 'Alice' } });
  });

  it('ends its own sessions also where its configuration holds more than it needs, and keeps that to itself', async () => {
    const relyingParty = { issuer, clientId, clientSecret: 'a secret' };
    const shop = new SessionStore({ ...table, relyingParty });
    const { id } = await shop.create(login());
    await shop.delete(id);
    expect(await store.get(id)).toBeUndefined();
  });

  it('does not find the session of its client at another issuer', async () => {
    const { id } = await store.create(login({ clientId: 'forum', issuer: 'https://other.example.com' }));
    expect(await forum().get(id)).toBeUndefined();
    await expect(forum().update(id, { data: {} })).rejects.toThrow(SessionNotFoundError);
  });

  it('lists and ends its own sessions as any store does', async () => {
    const subject = { issuer, clientId: 'forum', sub: randomUUID() };
    const [first] = [await forum().create(login(subject)), await forum().create(login(subject))];
    expect(await forum().list(subject)).toHaveLength(2);
    expect(await forum().endSession(subject, first.idHash)).toBe(true);
    expect(await forum().endAllSessions(subject)).toEqual({ ended: 1 });
  });

  it('keeps its own sessions as any store does', async () => {
    const { id } = await forum().create(login({ clientId: 'forum' }));
    expect(await forum().update(id, { data: { n: 1 } })).toMatchObject({ data: { n: 1 } });
    expect(await forum().get(id)).toMatchObject({ clientId: 'forum' });
    await forum().delete(id);
    expect(await store.get(id)).toBeUndefined();
  });

  it.each<[string, (store: SessionStore) => Promise<unknown>]>([
    ['create', (one) => one.create(login())],
    ['list', (one) => one.list(login())],
    ['endSessions', (one) => one.endSessions({ issuer, clientId, sub: 'x' }, now())],
    ['endSession', (one) => one.endSession({ issuer, clientId, sub: 'x' }, 'x')],
    ['endAllSessions', (one) => one.endAllSessions({ issuer, clientId, sub: 'x' })],
    ['isLoggedOut', (one) => one.isLoggedOut(login())],
  ])('refuses to %s for another client', async (_what, call) => {
    await expect(call(forum())).rejects.toThrow(/must be those of the relying party/);
  });
});

describe('an identity that lacks a part, which no session can have, is refused', () => {
  const whole = { issuer, clientId, sub: 'alice', sid: 'phone', idHash: 'hash' };

  it.each<[string, readonly (keyof typeof whole)[], (given: typeof whole) => Promise<unknown>]>([
    ['list', ['issuer', 'clientId', 'sub'], (given) => store.list(given)],
    ['endSession', ['issuer', 'clientId', 'sub', 'idHash'], (given) => store.endSession(given, given.idHash)],
    ['endAllSessions', ['issuer', 'clientId', 'sub'], (given) => store.endAllSessions(given)],
    ['endSessions', ['issuer', 'clientId', 'sid'], (given) => store.endSessions(given, now())],
    ['endSessions', ['issuer', 'clientId', 'sub'], ({ sid: _sid, ...given }) => store.endSessions(given, now())],
  ])('by %s (%j)', async (_method, parts, call) => {
    for (const part of parts) {
      await expect(call({ ...whole, [part]: '' })).rejects.toThrow(`${part} must be a non-empty string`);
    }
  });
});

it.each([0, -1, 1.5, Number.NaN])('refuses a maxSessionLifetimeSeconds of %s', (maxSessionLifetimeSeconds) => {
  expect(() => new SessionStore({ ...table, maxSessionLifetimeSeconds })).toThrow(/maxSessionLifetimeSeconds/);
});

it('never quotes data that is spoilt', async () => {
  const { id, idHash } = await store.create(login());
  await table.client.send(
    new UpdateCommand({
      TableName: table.tableName,
      Key: { pk: `SESSION#${idHash}`, sk: 'SESSION' },
      UpdateExpression: 'SET #data = :data',
      ExpressionAttributeNames: { '#data': 'data' },
      ExpressionAttributeValues: { ':data': 'secret-cart' },
    }),
  );
  await expect(store.get(id)).rejects.toThrow(expect.toSatisfy((error) => !String(error).includes('secret')));
});

it('works with a client that gives numbers as strings', async () => {
  const { client, tableName } = table;
  const { DynamoDBDocumentClient } = await import('@aws-sdk/lib-dynamodb');
  const exact = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: true } });
  const careful = new SessionStore({ client: exact, tableName });
  const { id, sub, expiresAt } = await careful.create(login());
  expect(await careful.get(id)).toMatchObject({ expiresAt });
  expect(await careful.endSessions({ issuer, clientId, sub }, now())).toEqual({ ended: 1 });
});
