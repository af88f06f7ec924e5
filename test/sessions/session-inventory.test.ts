import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { LoggedOutError, type NewSession, SessionStore } from '../../functions/sessions/index.ts';
import { startDynamodbProxy } from '../dynamodb-proxy.ts';
import { epochSeconds } from '../logout-token.ts';
import { newTable, type TestTable } from '../tables.ts';
import { login } from './login.ts';

const issuer = 'https://op.example.com';
const clientId = 'shop';

let table: TestTable;
let store: SessionStore;

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore(table);
});

const livesOf = async (...sessions: { readonly id: string }[]) =>
  (await Promise.all(sessions.map(({ id }) => store.get(id)))).map((session) => session !== undefined);

describe('endSession', () => {
  it('ends the session that list shows, with all that points to it, and no other', async () => {
    const { sub } = login();
    const [phone, laptop] = [await store.create(login({ sub })), await store.create(login({ sub }))];
    expect(await store.endSession({ issuer, clientId, sub }, phone.idHash)).toBe(true);
    expect(await livesOf(phone, laptop)).toEqual([false, true]);
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.tableName }));
    expect(Items.filter((item) => !item.endedAt && JSON.stringify(item).includes(phone.idHash))).toEqual([]);
    expect(await store.endSession({ issuer, clientId, sub }, phone.idHash)).toBe(false);
  });

  it.each<[string, Partial<NewSession>]>([
    ['another subject', { sub: 'mallory' }],
    ['another client', { clientId: 'forum' }],
    ['another issuer', { issuer: 'https://evil.example.com' }],
  ])('leaves the session alone of %s', async (_whose, changes) => {
    const session = await store.create(login());
    const { sub } = { ...session, ...changes };
    expect(await store.endSession({ issuer, clientId, sub, ...changes }, session.idHash)).toBe(false);
    expect(await livesOf(session)).toEqual([true]);
  });
});

describe('endAllSessions', () => {
  it('ends all sessions of the subject, and nobody else’s', async () => {
    const { sub } = login();
    const ended = [await store.create(login({ sub })), await store.create(login({ sub, sid: undefined }))];
    const others = [await store.create(login({ sub, clientId: 'forum' })), await store.create(login())];
    expect(await store.endAllSessions({ issuer, clientId, sub })).toEqual({ ended: 2 });
    expect(await livesOf(...ended, ...others)).toEqual([false, false, true, true]);
  });

  it('ends sessions whose ID token the OP’s clock dates ahead of this machine’s', async () => {
    const ahead = await store.create(login({ idTokenIssuedAt: epochSeconds() + 50 }));
    expect(await store.endAllSessions(ahead)).toEqual({ ended: 1 });
  });

  it('refuses a login under way, also by an OP whose clock is ahead by the tolerance', async () => {
    const { sub } = login();
    await store.endAllSessions({ issuer, clientId, sub }, 30);
    await expect(store.create(login({ sub, idTokenIssuedAt: epochSeconds() - 1 }))).rejects.toThrow(LoggedOutError);
    await expect(store.create(login({ sub, idTokenIssuedAt: epochSeconds() + 20 }))).rejects.toThrow(LoggedOutError);
  });

  it('lets in a login from after the tolerance', async () => {
    const { sub } = login();
    await store.endAllSessions({ issuer, clientId, sub });
    const { id } = await store.create(login({ sub, idTokenIssuedAt: epochSeconds() + 3 }));
    expect(await store.get(id)).toBeDefined();
  });

  it.each([-1, 0.5, 301])('refuses a tolerance of %s', async (seconds) => {
    await expect(store.endAllSessions(login(), seconds)).rejects.toThrow(/clockToleranceSeconds .* 0 to 300/);
  });
});

describe('a store with maxSessionsPerSubject', () => {
  it('ends the oldest logins of the subject, by the OP’s clock, and nobody else’s', async () => {
    const two = new SessionStore({ ...table, maxSessionsPerSubject: 2 });
    const { sub } = login();
    const other = await two.create(login());
    const middle = await two.create(login({ sub, idTokenIssuedAt: epochSeconds() - 20 }));
    const oldest = await two.create(login({ sub, idTokenIssuedAt: epochSeconds() - 30 }));
    const newest = await two.create(login({ sub, idTokenIssuedAt: epochSeconds() - 10 }));
    expect(await livesOf(other, oldest, middle, newest)).toEqual([true, false, true, true]);
  });

  it('does not count sessions that are gone', async () => {
    const one = new SessionStore({ ...table, maxSessionsPerSubject: 1 });
    const { sub } = login();
    const first = await one.create(login({ sub }));
    await one.delete(first.id);
    const second = await one.create(login({ sub }));
    expect(await livesOf(second)).toEqual([true]);
  });

  it('keeps exactly as many of many logins at once', async () => {
    const three = new SessionStore({ ...table, maxSessionsPerSubject: 3 });
    const { sub } = login();
    await Promise.all(Array.from({ length: 12 }, () => three.create(login({ sub }))));
    expect(await store.list({ issuer, clientId, sub })).toHaveLength(3);
  });

  it('costs one read more, while the subject has no more', async () => {
    const proxy = await startDynamodbProxy(1);
    const five = new SessionStore({ ...table, client: proxy.client, maxSessionsPerSubject: 5 });
    await five.create(login());
    expect(proxy.operations).toEqual(['PutItem', 'PutItem', 'GetItem', 'GetItem', 'PutItem', 'Query']);
    await proxy.stop();
  });

  it('leaves no session behind that it could not count', async () => {
    const proxy = await startDynamodbProxy(1);
    proxy.fateOf = (operation) => (operation === 'Query' ? 'lose request' : 'pass');
    const five = new SessionStore({ ...table, client: proxy.client, maxSessionsPerSubject: 5 });
    const { sub } = login();
    await expect(five.create(login({ sub }))).rejects.toThrow();
    expect(await store.list({ issuer, clientId, sub })).toEqual([]);
    await proxy.stop();
  });

  it.each([0, 1.5])('refuses a limit of %s', (maxSessionsPerSubject) => {
    expect(() => new SessionStore({ ...table, maxSessionsPerSubject })).toThrow(/maxSessionsPerSubject/);
  });
});
