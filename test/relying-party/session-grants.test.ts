import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHECK_LOGOUTS, READ_AND_WRITE_SESSIONS } from '../../infra/constructs/session-grants.ts';
import { physicalIds } from '../../local/template/physical-ids.ts';
import { ExpressSessionStore, type SessionIdentity } from '../../relying-party/express-session/index.ts';
import { LogoutCheck, SessionStore } from '../../relying-party/sessions/index.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../dynamodb-proxy.ts';
import { commandsIn } from '../least-privilege/commands-in-code.ts';
import { recordedCall } from '../least-privilege/recorded-call.ts';
import { epochSeconds } from '../logout-token.ts';
import { newTable, type TestTable } from '../tables.ts';

const shop = { issuer: 'https://op.example.com', clientId: 'shop' };
const alice = { ...shop, sub: 'alice' };

let table: TestTable;
let proxy: DynamodbProxy;
/** Actions that were called, and on what. */
let called: Set<string>;

beforeEach(async () => {
  [table, proxy, called] = [await newTable('sessions'), await startDynamodbProxy(1), new Set()];
  proxy.fateOf = (operation, _index, request) => {
    const { action, resources } = recordedCall(operation, request);
    for (const resource of resources) {
      called.add(`${action} ${resource}`);
    }
    return 'pass';
  };
});

afterEach(() => proxy.stop());

/** The actions, each on the table itself. */
const onTable = (actions: readonly string[]) => {
  const { Arn } = physicalIds('AWS::DynamoDB::GlobalTable', table.tableName)?.attributes ?? {};
  return new Set(actions.map((action) => `${action} ${Arn}`));
};

/** Has each method that is called on an object noted by its name. */
function watched<Target extends object>(target: Target, methods: Set<string>): Target {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name, object);
      return typeof member === 'function'
        ? (...given: unknown[]) => {
            methods.add(String(name));
            return Reflect.apply(member, object, given);
          }
        : member;
    },
  });
}

const methodsOf = ({ prototype }: { readonly prototype: object }) =>
  new Set(Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor'));

const login = () => ({ ...alice, idTokenIssuedAt: epochSeconds() - 60, expiresAt: epochSeconds() + 3600, data: {} });

/** Every method of the store, and what it does where it must refuse. */
async function useSessions(store: SessionStore): Promise<void> {
  const first = await store.create({ ...login(), sid: 'first', id: 'a'.repeat(32) });
  await expect(store.create({ ...login(), id: first.id })).rejects.toThrow();
  const next = await store.create({ ...login(), id: first.id, replaces: first.creation });
  expect(await store.get(next.id)).toBeDefined();
  await store.getOrEnd(next.id);
  await store.update(next.id, { data: { cart: [] }, expiresAt: epochSeconds() + 60 });
  await Promise.all([store.create(login()), store.create(login())]);
  const [listed] = await store.list(alice);
  expect(await store.endSession(alice, listed?.idHash ?? '')).toBe(true);
  await store.delete(next.id);
  await store.endSessions({ ...shop, sid: 'first' }, epochSeconds());
  await expect(store.create({ ...login(), sid: 'first' })).rejects.toThrow();
  await store.create(login());
  await store.endAllSessions(alice);
  expect(await store.isLoggedOut(login())).toBe(true);
}

/** Every method of the store, for sessions of somebody and of nobody. */
async function useExpressSessions(store: ExpressSessionStore): Promise<void> {
  const answer = (call: (callback: (error?: unknown, session?: object | null) => void) => void) =>
    new Promise<object | null | undefined>((resolve, reject) => {
      call((error, session) => (error ? reject(error) : resolve(session)));
    });
  const cookie = (seconds: number) => ({ expires: new Date(Date.now() + seconds * 1000) });
  const get = async (id: string) => Object(await answer((callback) => store.get(id, callback)));
  const save = (id: string, session: object) => answer((callback) => store.set(id, session, callback));
  for (const user of [undefined, 'bob']) {
    const id = `session of ${user}`;
    await save(id, { cookie: cookie(60) });
    await save(id, { ...(await get(id)), user, cookie: cookie(60) });
    const read = Object(await answer((callback) => store.read(id, callback)));
    const copy = { ...read, cookie: cookie(3600) };
    store.handOver(read, copy);
    await answer((callback) => store.touch(id, copy, callback));
    await save(id, { ...copy, cart: [] });
    store.regenerate(copy, { cookie: cookie(60) });
    await answer((callback) => store.destroy(id, callback));
    expect(await get(id)).toEqual({});
  }
}

const identityOf = ({ user }: { readonly user?: unknown }): SessionIdentity | undefined =>
  user === undefined ? undefined : { ...shop, sub: String(user), idTokenIssuedAt: epochSeconds() - 60 };

describe('an application’s role may do what the package calls, and nothing else', () => {
  it('grantReadWrite: with SessionStore and ExpressSessionStore', async () => {
    const { client } = proxy;
    const options = { client, tableName: table.tableName, relyingParty: shop, maxSessionsPerSubject: 2 };
    const methods = [new Set<string>(), new Set<string>()] as const;
    await useSessions(watched(new SessionStore(options), methods[0]));
    await useExpressSessions(watched(new ExpressSessionStore({ ...options, identityOf }), methods[1]));
    expect(called).toEqual(onTable(READ_AND_WRITE_SESSIONS));
    expect(methods).toEqual([methodsOf(SessionStore), methodsOf(ExpressSessionStore)]);
  });

  it('grantCheck: with LogoutCheck alone', async () => {
    const check = new LogoutCheck({ store: new SessionStore({ client: proxy.client, tableName: table.tableName }) });
    const writing = new SessionStore(table);
    expect(await check.isLoggedOut({ ...login(), sid: 'first' })).toBe(false);
    await writing.endSessions({ ...shop, sid: 'first' }, epochSeconds());
    expect(await check.isLoggedOut({ ...login(), sid: 'first' })).toBe(true);
    expect(called).toEqual(onTable(CHECK_LOGOUTS));
  });

  it('and there is no other command of DynamoDB in what applications import', async () => {
    const commands = await commandsIn('relying-party/sessions/index.ts', 'relying-party/express-session/index.ts');
    expect(commands).toEqual(new Set(READ_AND_WRITE_SESSIONS));
  });

  it('and so it is documented', () => {
    const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    const [, readWrite = '', check = ''] =
      /own role needs, on the sessions table, ([^.]*)\.[^.]*asks `LogoutCheck` needs\s+([^.]*)\./.exec(page) ?? [];
    const actionsIn = (text: string) =>
      [...text.matchAll(/`(?:dynamodb:)?(\w+)`/g)].map(([, name]) => `dynamodb:${name}`).sort();
    expect(actionsIn(readWrite)).toEqual([...READ_AND_WRITE_SESSIONS].sort());
    expect(actionsIn(check)).toEqual([...CHECK_LOGOUTS]);
  });
});
