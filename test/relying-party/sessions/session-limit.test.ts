import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ExpressSessionStore } from '../../../relying-party/express-session/index.ts';
import {
  type NewSession,
  type Session,
  SessionLimitError,
  SessionStore,
} from '../../../relying-party/sessions/index.ts';
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

const oneSession = () => new SessionStore({ ...table, maxSessionsPerSubject: 1 });

const livesOf = async (...sessions: { readonly id: string }[]) =>
  (await Promise.all(sessions.map(({ id }) => store.get(id)))).map((session) => session !== undefined);

describe('a store with maxSessionsPerSubject', () => {
  it('ends the oldest logins of the subject, by the OP’s clock, and nobody else’s', async () => {
    const two = new SessionStore({ ...table, maxSessionsPerSubject: 2 });
    const { sub } = login();
    const other = await two.create(login());
    const middle = await two.create(login({ sub, idTokenIssuedAt: epochSeconds() - 20 }));
    const older = await two.create(login({ sub, idTokenIssuedAt: epochSeconds() - 30 }));
    const newest = await two.create(login({ sub, idTokenIssuedAt: epochSeconds() - 10 }));
    expect(await livesOf(other, older, middle, newest)).toEqual([true, false, true, true]);
  });

  it('refuses a login at once that is older than those that stay, and leaves nothing of it', async () => {
    const one = oneSession();
    const { sub } = login();
    const newest = await one.create(login({ sub }));
    const older = login({ sub, idTokenIssuedAt: newest.idTokenIssuedAt - 1 });
    await expect(one.create(older)).rejects.toMatchObject({ name: 'SessionLimitError', code: 'session_limit' });
    expect(await livesOf(newest)).toEqual([true]);
    expect(await store.list({ issuer, clientId, sub })).toHaveLength(1);
  });

  it('keeps the newest of the logins of one second', async () => {
    const one = oneSession();
    const input = login();
    const second = Math.floor(Date.now() / 1000) * 1000;
    const sessions: Session[] = [];
    for (const millisecond of [1, 2, 9, 10, 99, 100, 101, 999]) {
      vi.setSystemTime(second + millisecond);
      sessions.push(await one.create(input));
    }
    expect(await store.list(input)).toEqual([expect.objectContaining({ creation: sessions.at(-1)?.creation })]);
  });

  it.each<[string, (one: NewSession) => Promise<unknown>, string]>([
    [
      'another login that counted first',
      (one) => oneSession().create({ ...one, idTokenIssuedAt: one.idTokenIssuedAt + 1 }),
      'SessionLimitError',
    ],
    [
      'a logout',
      ({ sub, idTokenIssuedAt }) => store.endSessions({ issuer, clientId, sub }, idTokenIssuedAt),
      'LoggedOutError',
    ],
    [
      'its user',
      async ({ sub }) => {
        const [listed] = await store.list({ issuer, clientId, sub });
        await store.endSession({ issuer, clientId, sub }, listed?.idHash ?? '');
      },
      'SessionNotFoundError',
    ],
  ])('refuses a login that %s has ended before it counts', async (_what, end, refusal) => {
    const proxy = await startDynamodbProxy(1);
    const far = new SessionStore({ ...table, client: proxy.client, maxSessionsPerSubject: 1 });
    const input = login();
    proxy.fateOf = async (operation): Promise<Fate> => {
      if (operation === 'Query') {
        await end(input);
      }
      return 'pass';
    };
    await expect(far.create(input)).rejects.toMatchObject({ name: refusal });
    await proxy.stop();
  });

  it('tells a login that its user has ended so where the account has an older session and a newer one', async () => {
    const proxy = await startDynamodbProxy(1);
    const far = new SessionStore({ ...table, client: proxy.client, maxSessionsPerSubject: 2 });
    const input = login();
    const { sub, idTokenIssuedAt } = input;
    const others = [
      await store.create(login({ sub, idTokenIssuedAt: idTokenIssuedAt + 1 })),
      await store.create(login({ sub, idTokenIssuedAt: idTokenIssuedAt - 1 })),
    ];
    proxy.fateOf = async (operation): Promise<Fate> => {
      if (operation === 'Query') {
        const own = (await store.list(input)).find(({ idHash }) => others.every((other) => other.idHash !== idHash));
        await store.endSession(input, own?.idHash ?? '');
      }
      return 'pass';
    };
    await expect(far.create(input)).rejects.toMatchObject({ name: 'SessionNotFoundError' });
    expect(await livesOf(...others)).toEqual([true, true]);
    await proxy.stop();
  });

  it('tells the middleware of Express so', async () => {
    const newest = await oneSession().create(login());
    const { sub, idTokenIssuedAt } = newest;
    const identityOf = () => ({ issuer, clientId, sub, idTokenIssuedAt: idTokenIssuedAt - 1 });
    const express = new ExpressSessionStore({ ...table, maxSessionsPerSubject: 1, identityOf });
    const error = await new Promise((resolve) => {
      express.set('an id of the middleware', { cookie: { originalMaxAge: 60_000 } }, resolve);
    });
    expect(error).toMatchObject({ code: 'session_limit' });
    expect(await livesOf(newest, { id: 'an id of the middleware' })).toEqual([true, false]);
  });

  it('does not count sessions that are gone', async () => {
    const one = oneSession();
    const { sub } = login();
    const first = await one.create(login({ sub }));
    await one.delete(first.id);
    const second = await one.create(login({ sub }));
    expect(await livesOf(second)).toEqual([true]);
  });

  it('keeps exactly as many of many logins at once', async () => {
    const three = new SessionStore({ ...table, maxSessionsPerSubject: 3 });
    const { sub } = login();
    const logins = await Promise.allSettled(Array.from({ length: 12 }, () => three.create(login({ sub }))));
    const live = await store.list({ issuer, clientId, sub });
    expect(live).toHaveLength(3);
    const created = logins.flatMap((one) => (one.status === 'fulfilled' ? [one.value.creation] : []));
    expect(created).toEqual(expect.arrayContaining(live.map(({ creation }) => creation)));
    const refusals = logins.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refusals.every((error) => error instanceof SessionLimitError)).toBe(true);
  });

  it('costs one read more, while the subject has no more', async () => {
    const proxy = await startDynamodbProxy(1);
    const one = new SessionStore({ ...table, client: proxy.client, maxSessionsPerSubject: 1 });
    await one.create(login());
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
