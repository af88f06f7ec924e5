import { Actor, type Fate } from './actor.ts';
import type { LoginOf, LogoutOf, World } from './world.ts';

type Work = (world: World) => Promise<void>;

/** What there is, and who does what to it at the same time. */
export interface Scenario {
  readonly name: string;
  /** One after the other, before the others. */
  readonly before?: readonly Work[];
  readonly atOnce: Readonly<Record<string, Work>>;
  /** What goes wrong for one of them, at which of its operations. */
  readonly fault?: { readonly of: string; readonly at: number; readonly fate: Fate };
  /** Begins when the faulty one dies. */
  readonly whenDead?: Work;
  /** Pointers that DynamoDB hands out at once: with one, a login can come between two pages. Default: all. */
  readonly pageSize?: number;
}

/** Starts the actors of a scenario. */
export async function begin({ before = [], atOnce, fault, whenDead }: Scenario, world: World): Promise<Actor[]> {
  for (const work of before) {
    await work(world);
  }
  const heir = new Actor('heir', () => 'pass');
  const actors = Object.entries(atOnce).map(([name, work]) => {
    const actor = new Actor(name, (operation) => {
      const fate = fault?.of === name && fault.at === operation ? fault.fate : 'pass';
      if (fate === 'die' && whenDead) {
        heir.start(() => whenDead(world));
      }
      return fate;
    });
    return { actor, work };
  });
  for (const { actor, work } of actors) {
    actor.start(() => work(world));
  }
  return [...actors.map(({ actor }) => actor), heir];
}

type Doer = (...names: [name: string, of: LoginOf]) => Work;
const login: Doer = (name, of) => (world) => world.login(name, of);
const logout =
  (of: LogoutOf): Work =>
  (world) =>
    world.logout(of);
const finish =
  (of: LogoutOf): Work =>
  (world) =>
    world.finishLogout(of);
const request =
  (name: string): Work =>
  (world) =>
    world.request(name);

const PHONE = { sub: 'alice', sid: 'phone', at: 0 };
const LAPTOP = { ...PHONE, sid: 'laptop' };

/** A minute ahead of this machine's clock, at which time zero is a minute ago. */
const AHEAD = 120;

/** Others, whom no logout below is about. */
const BYSTANDERS = [
  login('tablet', { ...PHONE, sub: 'bob', sid: 'tablet' }),
  login('forum', { ...PHONE, client: 'forum' }),
];

const SCOPES: readonly (readonly [string, LogoutOf])[] = [
  ['sid', { sid: 'phone', at: 0 }],
  ['sub', { sub: 'alice', at: 0 }],
];

const ofEachScope = SCOPES.flatMap(([scope, of]): Scenario[] => [
  {
    name: `a login and its logout by ${scope}, beside others`,
    before: BYSTANDERS,
    atOnce: { login: login('phone', PHONE), logout: logout(of) },
  },
  {
    name: `a login without sid and a logout by ${scope}`,
    atOnce: { login: login('phone', { sub: 'alice', at: 0 }), logout: logout(of) },
  },
  {
    name: `a login made after the logout by ${scope}, in the same OP session`,
    before: [login('earlier', PHONE)],
    atOnce: { login: login('phone', { ...PHONE, at: 1 }), logout: logout(of) },
  },
  {
    name: `two logins and their logout by ${scope}, whose pointers come in pages`,
    pageSize: 1,
    before: [login('earlier', PHONE)],
    atOnce: { login: login('phone', PHONE), logout: logout(of) },
  },
  {
    name: `a request, a new login and the logout by ${scope}`,
    before: [login('earlier', PHONE)],
    atOnce: { request: request('earlier'), login: login('phone', PHONE), logout: logout(of) },
  },
  {
    name: `two requests and the logout by ${scope}`,
    before: [login('phone', PHONE)],
    atOnce: { request: request('phone'), another: request('phone'), logout: logout(of) },
  },
  {
    name: `a sign-out at the relying party, a request and the logout by ${scope}`,
    before: [login('phone', PHONE)],
    atOnce: { signOut: (world) => world.signOut('phone'), request: request('phone'), logout: logout(of) },
  },
  {
    name: `a login and its logout by ${scope}, delivered twice`,
    atOnce: {
      login: login('phone', PHONE),
      logout: logout({ ...of, jti: 'one' }),
      again: logout({ ...of, jti: 'one' }),
    },
  },
  {
    name: `a login, its logout by ${scope}, and an older one that comes late`,
    atOnce: { login: login('phone', PHONE), logout: logout({ ...of, at: 1 }), older: logout({ ...of, at: -1 }) },
  },
  {
    name: `a login that takes the id of a session that is over, and the logout by ${scope}`,
    before: [login('leftover', { ...PHONE, at: -5 }), (world) => world.expire('leftover')],
    atOnce: { login: login('phone', { ...PHONE, idOf: 'leftover', isAlone: true }), logout: logout(of) },
  },
  {
    name: `a login made after the logout by ${scope}, under the id of the session that it ended, and the logout again`,
    before: [login('earlier', PHONE), logout({ ...of, jti: 'one' })],
    atOnce: {
      login: login('phone', { ...PHONE, at: 1, idOf: 'earlier', isAlone: true }),
      again: logout({ ...of, jti: 'one' }),
    },
  },
  {
    name: `a login in the place of another, a request and the logout by ${scope}`,
    before: [login('earlier', { ...PHONE, at: -5 })],
    atOnce: {
      login: (world) => world.loginAnew('phone', { ...PHONE, idOf: 'earlier' }),
      request: request('earlier'),
      logout: logout(of),
    },
  },
  {
    name: `a login made after the logout by ${scope}, in the place of one before it`,
    before: [login('earlier', PHONE)],
    atOnce: { login: (world) => world.loginAnew('phone', { ...PHONE, at: 1, idOf: 'earlier' }), logout: logout(of) },
  },
  {
    name: `a login in the place of somebody else’s, a request and the logout by ${scope}`,
    before: [login('bob', { sub: 'bob', sid: 'tablet', at: 5 })],
    atOnce: {
      login: (world) => world.loginAnew('phone', { ...PHONE, idOf: 'bob' }),
      request: request('bob'),
      logout: logout(of),
    },
  },
  {
    name: `a login under the id of somebody else’s session and its logout by ${scope}`,
    before: [login('bob', { sub: 'bob', sid: 'tablet', at: 5 })],
    atOnce: { login: login('phone', { ...PHONE, idOf: 'bob' }), logout: logout(of) },
  },
  {
    name: `two logins under one session id and the logout by ${scope} of one`,
    atOnce: {
      login: login('phone', { ...PHONE, idOf: 'shared' }),
      other: async (world) => {
        await world.login('bob', { sub: 'bob', sid: 'tablet', at: 5, idOf: 'shared' });
        await world.signOut('bob');
      },
      logout: logout(of),
    },
  },
  {
    name: `a login in Express and its logout by ${scope}`,
    atOnce: { login: (world) => world.loginInExpress('phone', PHONE), logout: logout(of) },
  },
  {
    name: `two requests in Express and the logout by ${scope}`,
    before: [(world) => world.loginInExpress('phone', PHONE)],
    atOnce: {
      request: (world) => world.requestInExpress('phone'),
      another: (world) => world.requestInExpress('phone'),
      logout: logout(of),
    },
  },
]);

const ofSeveralScopes: Scenario[] = [
  {
    name: 'a login and its logout by sid and sub, beside others',
    before: BYSTANDERS,
    atOnce: { login: login('phone', PHONE), logout: logout(PHONE) },
  },
  {
    name: 'a login and its logouts by sid and by sub',
    atOnce: {
      login: login('phone', PHONE),
      bySid: logout({ sid: 'phone', at: 0 }),
      bySub: logout({ sub: 'alice', at: 0 }),
    },
  },
  {
    name: 'logins on two devices and the logout of one',
    atOnce: { phone: login('phone', PHONE), laptop: login('laptop', LAPTOP), logout: logout({ sid: 'phone', at: 0 }) },
  },
  {
    name: 'logins on two devices and the logout of the subject',
    atOnce: { phone: login('phone', PHONE), laptop: login('laptop', LAPTOP), logout: logout({ sub: 'alice', at: 0 }) },
  },
  {
    name: 'a logout of a sid that two subjects have, and their logins',
    atOnce: {
      alice: login('phone', PHONE),
      other: login('other', { ...PHONE, sub: 'alice@shop' }),
      logout: logout({ ...PHONE }),
    },
  },
  {
    name: 'a login in the place of another, and the logouts of both',
    before: [login('earlier', { ...LAPTOP, at: -5 })],
    atOnce: {
      login: (world) => world.loginAnew('phone', { ...PHONE, idOf: 'earlier' }),
      ofTheOld: logout({ sid: 'laptop', at: -3 }),
      logout: logout({ sid: 'phone', at: 0 }),
    },
  },
  {
    name: 'two logins in the place of one session, and the logout of one of them',
    before: [login('earlier', { ...LAPTOP, at: -5 })],
    atOnce: {
      login: (world) => world.loginAnew('phone', { ...PHONE, idOf: 'earlier' }),
      other: (world) => world.loginAnew('bob', { sub: 'bob', sid: 'tablet', at: 5, idOf: 'earlier' }),
      logout: logout({ sid: 'phone', at: 0 }),
    },
  },
  {
    name: 'a login during a visit in Express, and its logout',
    before: [(world) => world.visitInExpress('visit')],
    atOnce: {
      login: (world) => world.signInDuringVisit('phone', { ...PHONE, idOf: 'visit' }),
      logout: logout({ sid: 'phone', at: 0 }),
    },
  },
  {
    name: 'a login during a visit in Express, that it ends, and its logout',
    before: [(world) => world.visitInExpress('visit')],
    atOnce: {
      login: (world) => world.signInDuringVisit('phone', { ...PHONE, idOf: 'visit' }),
      destroy: (world) => world.destroyInExpress('visit'),
      logout: logout({ sid: 'phone', at: 0 }),
    },
  },
  {
    name: 'somebody else’s login in a session of Express, and the logouts of both',
    before: [(world) => world.loginInExpress('laptop', { ...LAPTOP, at: -5 })],
    atOnce: {
      login: (world) => world.signInDuringVisit('bob', { sub: 'bob', sid: 'tablet', at: 0, idOf: 'laptop' }),
      ofTheOld: logout({ sid: 'laptop', at: -3 }),
      logout: logout({ sid: 'tablet', at: 0 }),
    },
  },
  {
    name: 'a login and “sign out everywhere”',
    before: [login('laptop', LAPTOP)],
    atOnce: { login: login('phone', PHONE), endAll: (world) => world.endAll('alice') },
  },
  {
    name: 'a login under the id of a session that has ended, dated ahead of this machine’s clock, and “sign out everywhere”',
    before: [login('bob', { sub: 'bob', sid: 'tablet', at: -5 }), (world) => world.signOut('bob')],
    atOnce: {
      login: login('phone', { ...PHONE, at: AHEAD, idOf: 'bob', isAlone: true }),
      endAll: (world) => world.endAll('alice'),
    },
  },
  {
    name: 'a login in the place of another, dated ahead of this machine’s clock, and “sign out everywhere”',
    before: [login('bob', { sub: 'bob', sid: 'tablet', at: -5 })],
    atOnce: {
      login: (world) => world.loginAnew('phone', { ...PHONE, at: AHEAD, idOf: 'bob' }),
      endAll: (world) => world.endAll('alice'),
    },
  },
  {
    name: 'two logins under one id, one dated ahead of this machine’s clock, and “sign out everywhere”',
    atOnce: {
      login: login('phone', { ...PHONE, at: AHEAD, idOf: 'shared' }),
      other: async (world) => {
        await world.login('bob', { sub: 'bob', sid: 'tablet', at: 5, idOf: 'shared' });
        await world.signOut('bob');
      },
      endAll: (world) => world.endAll('alice'),
    },
  },
  {
    name: 'logins of which a subject may have one, and the logout of the subject',
    before: [login('earlier', { ...PHONE, at: -5 })],
    atOnce: { login: (world) => world.loginCapped('laptop', LAPTOP), logout: logout({ sub: 'alice', at: 0 }) },
  },
];

/** Operations of a login, of a logout, and of what the stream sets off; one more is never reached. */
const [LOGIN, LOGOUT] = [5, 8];
const upTo = (operations: number) => Array.from({ length: operations + 1 }, (_, operation) => operation);

const withDeaths: Scenario[] = [
  ...upTo(LOGIN).map((at) => ({
    name: `a login that dies before operation ${at}, and its logout`,
    atOnce: { login: login('phone', PHONE), logout: logout({ sid: 'phone', at: 0 }) },
    fault: { of: 'login', at, fate: 'die' as const },
  })),
  ...upTo(LOGIN - 1).flatMap((at) =>
    (['come again', 'answer the second', 'lose request', 'lose answer'] as const).map((fate) => ({
      name: `a login to which DynamoDB does '${fate}' at operation ${at}, and its logout`,
      atOnce: { login: login('phone', PHONE), logout: logout({ sub: 'alice', at: 0 }) },
      fault: { of: 'login', at, fate },
    })),
  ),
  // What the login does to the old session comes after its pointers and markers: operations 4 to 6.
  ...upTo(LOGIN + 4).flatMap((at) =>
    (['come again', 'answer the second', 'die'] as const).map((fate) => ({
      name: `a login in the place of another, of which operation ${at} meets '${fate}', and the logout of both`,
      before: [login('earlier', { ...LAPTOP, at: -5 })],
      atOnce: {
        login: (world: World) => world.loginAnew('phone', { ...PHONE, idOf: 'earlier' }),
        logout: logout({ sub: 'alice', at: 0 }),
      },
      fault: { of: 'login', at, fate },
    })),
  ),
  ...upTo(LOGOUT - 1).map((at) => ({
    name: `a login in the place of another, and the logout of its sid, of which operation ${at} comes again`,
    before: [login('earlier', { ...LAPTOP, at: -5 })],
    atOnce: {
      login: (world: World) => world.loginAnew('phone', { ...PHONE, idOf: 'earlier' }),
      logout: logout({ sid: 'phone', at: 0 }),
    },
    fault: { of: 'logout', at, fate: 'come again' as const },
  })),
  // One that dies before it has claimed the token's jti was never begun.
  ...upTo(LOGOUT)
    .slice(1)
    .map((at) => ({
      name: `a login, and its logout that dies before operation ${at} and is finished`,
      before: [login('earlier', PHONE)],
      atOnce: { login: login('phone', PHONE), logout: logout({ sid: 'phone', at: 0 }) },
      fault: { of: 'logout', at, fate: 'die' as const },
      whenDead: finish({ sid: 'phone', at: 0 }),
    })),
  ...upTo(LOGOUT).map((at) => ({
    name: `a login, and its logout that dies before operation ${at} and is delivered again`,
    before: [login('earlier', PHONE)],
    atOnce: { login: login('phone', PHONE), logout: logout({ sub: 'alice', at: 0, jti: 'one' }) },
    fault: { of: 'logout', at, fate: 'die' as const },
    whenDead: logout({ sub: 'alice', at: 0, jti: 'one' }),
  })),
];

export const SCENARIOS: readonly Scenario[] = [...ofEachScope, ...ofSeveralScopes, ...withDeaths];
