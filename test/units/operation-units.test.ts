import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { OPERATION_UNITS, type Operation } from '../../bench/cost/operation-units.ts';
import { carryOut } from '../../receiver/logout/completed-logout.ts';
import type { LogoutOrder } from '../../receiver/logout/logout-order.ts';
import { logoutOrderOf } from '../../receiver/logout/token-order.ts';
import { parseRelyingParties } from '../../receiver/relying-parties/relying-parties.ts';
import { LogoutCheck, type NewSession, SessionStore } from '../../relying-party/sessions/index.ts';
import { finishScope } from '../../relying-party/sessions/scope-ending.ts';
import { dynamodbCostOf } from '../dynamodb-cost.ts';
import { epochSeconds } from '../logout-token.ts';
import { login } from '../relying-party/sessions/login.ts';
import { newTable, type TestTable } from '../tables.ts';

/** What is measured, when all that it needs is there. */
type Measured = () => Promise<unknown>;

const TEN_KB = { cart: 'x'.repeat(10_000) };
const ISSUER = 'https://op.example.com';

let table: TestTable;
let store: SessionStore;

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore(table);
});

/** Somebody who has signed in with a `sid`. */
async function signedIn(changes: Partial<NewSession> = {}) {
  const sid = randomUUID();
  const given = login({ sid, ...changes });
  return { ...given, ...(await store.create(given)), sid };
}

/** Sessions of one subject, each of an OP session of its own. */
async function devices(count: number) {
  const subject = { issuer: ISSUER, clientId: 'shop', sub: randomUUID() };
  for (let device = 0; device < count; device++) {
    await signedIn(subject);
  }
  return subject;
}

type Named = { readonly sid: string; readonly sub?: string } | { readonly sid?: undefined; readonly sub: string };

/** The order of a verified token that names these. */
function orderOf(named: Named, clientIds: readonly string[] = ['shop'], replay = 'answer'): LogoutOrder {
  const entries = clientIds.map((clientId) => ({ issuer: ISSUER, clientId, replay }));
  const [first, ...others] = parseRelyingParties(JSON.stringify({ relyingParties: entries }), 'test').relyingParties;
  if (!first) {
    throw new Error('there is no relying party');
  }
  const times = { iat: epochSeconds(), exp: epochSeconds() + 120 };
  const { sid, sub } = named;
  return logoutOrderOf({
    claims: { jti: randomUUID(), ...times, ...(sid === undefined ? { sid, sub } : { sid, sub }) },
    relyingParties: [first, ...others],
    audiences: [...clientIds],
    isSymmetric: false,
  });
}

const logoutOf = (order: LogoutOrder) => carryOut(order, table, AbortSignal.timeout(60_000));

/** As InterruptedLogout does it, the clients one after the other. */
async function lookAfter(clientIds: readonly string[]): Promise<Measured> {
  const sid = randomUUID();
  await Promise.all(clientIds.map((clientId) => signedIn({ sid, clientId })));
  const { claim, endings, ...order } = orderOf({ sid }, clientIds);
  await logoutOf({ claim, endings, ...order });
  return async () => {
    for (const ending of endings) {
      expect(await finishScope(table, ending, claim.iat, epochSeconds())).toMatchObject({ wasLeft: false });
    }
  };
}

const OPERATIONS: Readonly<Record<Operation, () => Promise<Measured>>> = {
  'login with a sid': async () => () => store.create(login()),
  'login without a sid': async () => () => store.create(login({ sid: undefined })),
  'login with 10 KB of data': async () => () => store.create(login({ data: TEN_KB })),
  'login that was logged out': async () => {
    const sid = randomUUID();
    const given = login({ sid });
    await logoutOf(orderOf({ sid }));
    return () => expect(store.create(given)).rejects.toMatchObject({ code: 'logged_out' });
  },
  'login as the sixth of five sessions': async () => {
    const subject = await devices(5);
    const limited = new SessionStore({ ...table, maxSessionsPerSubject: 5 });
    return () => limited.create(login(subject));
  },
  'read of a session': async () => {
    const { id } = await signedIn();
    return () => store.get(id);
  },
  'read of a session with 10 KB of data': async () => {
    const { id } = await signedIn({ data: TEN_KB });
    return () => store.get(id);
  },
  'read of a session that is not there': async () => () => store.get(randomUUID()),
  'save of a session': async () => {
    const { id } = await signedIn();
    return () => store.update(id, { data: { cart: [] } });
  },
  'save of a session with 10 KB of data': async () => {
    const { id } = await signedIn({ data: TEN_KB });
    return () => store.update(id, { expiresAt: epochSeconds() + 7200 });
  },
  'save of a session that has ended': async () => {
    const { id } = await signedIn();
    await store.delete(id);
    return () => expect(store.update(id, { data: {} })).rejects.toMatchObject({ code: 'session_not_found' });
  },
  'list of ten sessions': async () => {
    const subject = await devices(10);
    return () => store.list(subject);
  },
  'local sign-out': async () => {
    const { id } = await signedIn();
    return () => store.delete(id);
  },
  'sign-out of ten sessions everywhere': async () => {
    const subject = await devices(10);
    return () => store.endAllSessions(subject);
  },
  'check with sub and sid': async () => {
    const given = await signedIn();
    return () => store.isLoggedOut(given);
  },
  'check with sub and sid, from maxAgeSeconds 4 on': async () => {
    const given = await signedIn();
    const check = new LogoutCheck({ store, maxAgeSeconds: 4 });
    return () => check.isLoggedOut(given);
  },
  'check with sub alone': async () => {
    const given = login({ sid: undefined });
    await store.create(given);
    return () => store.isLoggedOut(given);
  },
  'logout by sid': async () => {
    const { sid, sub } = await signedIn();
    return () => logoutOf(orderOf({ sid, sub }));
  },
  'logout by sub': async () => {
    const { sub } = await signedIn();
    return () => logoutOf(orderOf({ sub }));
  },
  'logout of a session with 10 KB of data': async () => {
    const { sid } = await signedIn({ data: TEN_KB });
    return () => logoutOf(orderOf({ sid }));
  },
  'logout of ten sessions by sub': async () => {
    const { sub } = await devices(10);
    return () => logoutOf(orderOf({ sub }));
  },
  'logout of no session': async () => () => logoutOf(orderOf({ sid: randomUUID() })),
  'logout of two clients': async () => {
    const { sid, sub } = await signedIn();
    await signedIn({ sid, sub, clientId: 'mail' });
    return () => logoutOf(orderOf({ sid, sub }, ['shop', 'mail']));
  },
  'logout where replays are refused': async () => {
    const { sid } = await signedIn();
    return () => logoutOf(orderOf({ sid }, ['shop'], 'refuse'));
  },
  replay: async () => {
    const { sid } = await signedIn();
    const order = orderOf({ sid });
    await logoutOf(order);
    return () => logoutOf(order);
  },
  'replay that is refused': async () => {
    const { sid } = await signedIn();
    const order = orderOf({ sid }, ['shop'], 'refuse');
    await logoutOf(order);
    return () => expect(logoutOf(order)).rejects.toMatchObject({ reason: 'token_replayed' });
  },
  'look after a logout that is done': async () => lookAfter(['shop']),
  'look after a logout of two clients': async () => lookAfter(['shop', 'mail']),
};

describe('the units and the round trips of a', () => {
  const operations = Object.entries(OPERATIONS).map(([name, prepare]) => ({ name, prepare }));

  it.each(operations)('$name', async ({ name, prepare }) => {
    const expected = Object.entries(OPERATION_UNITS).find(([operation]) => operation === name)?.[1];
    const { writes, reads, roundTrips } = await dynamodbCostOf(table.client, await prepare());
    expect({ writes, reads, roundTrips }).toEqual(expected);
  });
});
