import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { LoggedOutError, type NewSession, type Session, SessionStore } from '../../../relying-party/sessions/index.ts';
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

interface Held {
  readonly other: Session & { readonly id: string };
}

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

  it.each<[string, (held: Held) => Promise<Partial<NewSession>>, (held: Held) => Promise<unknown>]>([
    ['that replaces another', async ({ other }) => ({ replaces: other.creation }), async () => undefined],
    [
      'under the id of one that has ended',
      async ({ other }) => {
        await store.delete(other.id);
        return {};
      },
      async () => undefined,
    ],
    [
      'under an id that another login has and gives back meanwhile',
      async ({ other }) => ({ id: `${other.id} again` }),
      async ({ other }) => {
        const { id } = await store.create(login({ id: `${other.id} again` }));
        await store.delete(id);
      },
    ],
  ])('leaves the pointers of a later login %s, so that the next logout finds it', async (_which, before, after) => {
    const proxy = await startDynamodbProxy(1);
    const far = new SessionStore({ ...table, client: proxy.client });
    const held = { other: await store.create(login()) };
    const later = login({ id: held.other.id, idTokenIssuedAt: epochSeconds() + 30, ...(await before(held)) });
    proxy.fateOf = async (operation, index): Promise<Fate> => {
      // It has its pointers and has read the markers, and is about to write over what has the id, or the session.
      if (index > 4 && operation !== 'GetItem') {
        proxy.fateOf = () => 'pass';
        await store.endAllSessions(later);
        await after(held);
      }
      return 'pass';
    };
    const { id } = await far.create(later);
    expect(await store.get(id)).toBeDefined();
    expect(await store.endSessions({ issuer, clientId, sub: later.sub }, later.idTokenIssuedAt)).toEqual({ ended: 1 });
    expect(await store.get(id)).toBeUndefined();
    await proxy.stop();
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
