import type { Chance } from './chance.ts';

/** Whose login it is. */
export interface Person {
  readonly client: string;
  readonly sub: string;
  readonly sid: string | undefined;
}

/** A logout token, by the name of its `jti`. */
export interface TokenOf {
  readonly jti: string;
  readonly clients: readonly [string, ...string[]];
  readonly sub?: string;
  readonly sid?: string;
}

/** What somebody does. `id`: of a session, or none for one that nobody else has. `login`: names it. */
export type Deed =
  | { does: 'login'; login: string; person: Person; id?: string; replaces: boolean; max?: 1 | 2; days: number }
  | { does: 'save' | 'touch' | 'sign out'; id: string }
  | { does: 'save in Express' | 'touch in Express' | 'destroy in Express'; id: string }
  | { does: 'refresh in Express'; id: string; withSid: boolean }
  | { does: 'login in Express'; login: string; person: Person; id: string; regenerates: boolean }
  | { does: 'end one' | 'check'; person: Person }
  | { does: 'end all'; person: Person; tolerance: number }
  /** The OP signs it, and it is received, and nothing more: what comes later was deferred. */
  | { does: 'issue'; token: TokenOf }
  /** `anew`: the OP signs it again, with a new time. */
  | { does: 'deliver'; token: TokenOf; anew: boolean };

export interface Planned {
  readonly name: string;
  /** Milliseconds by which its clock is ahead. */
  readonly clockOffset: number;
  readonly steps: readonly { readonly name: string; readonly deed: Deed }[];
}

/** Who does what at the same time, and how many seconds go by before. */
export interface Phase {
  readonly secondsBefore: number;
  readonly actors: readonly Planned[];
}

export interface Plan {
  /** Milliseconds by which the OP's clock is ahead. */
  readonly opOffset: number;
  /** How many of the operations something happens to, 0 to 1. */
  readonly faultShare: number;
  readonly phases: readonly Phase[];
}

const PEOPLE: readonly [Person, ...Person[]] = [
  { client: 'shop', sub: 'alice', sid: 'phone' },
  { client: 'shop', sub: 'alice', sid: 'laptop' },
  { client: 'shop', sub: 'alice', sid: undefined },
  { client: 'shop', sub: 'bob', sid: 'tablet' },
  { client: 'forum', sub: 'alice', sid: 'phone' },
];
const IDS = ['A', 'A', 'B'] as const;
/** By how much clocks differ, in milliseconds. */
const CLOCKS_DIFFER = 60_000;
const JUMPS = [2, 30, 26 * 3600, 26 * 3600] as const;
/** How often each is done. */
const DEEDS = [
  ...Array<Deed['does']>(8).fill('login'),
  ...Array<Deed['does']>(6).fill('deliver'),
  ...Array<Deed['does']>(3).fill('login in Express'),
  ...Array<Deed['does']>(3).fill('end all'),
  ...(['save', 'save', 'sign out', 'sign out', 'touch', 'end one', 'check', 'issue'] as const),
  ...(['save in Express', 'save in Express', 'touch in Express', 'destroy in Express', 'refresh in Express'] as const),
] as const;

/** Makes up who does what in a schedule. */
export function planOf(chance: Chance): Plan {
  const phases = [0, 1, 2].slice(0, chance.pick('phases', [1, 1, 1, 2, 2, 3])).map((phase): Phase => {
    const count = 2 + chance.below(`actors of ${phase}`, phase === 0 ? 4 : 3);
    return {
      secondsBefore: phase === 0 ? 0 : chance.pick(`seconds before ${phase}`, JUMPS),
      actors: Array.from({ length: count }, (_, index) => plannedActor(chance, `${'abc'[phase]}${index}`)),
    };
  });
  return {
    opOffset: clockOffset(chance, 'OP'),
    faultShare: chance.pick('share of faults', [0, 0, 0, 0.02, 0.06, 0.15]),
    phases,
  };
}

function plannedActor(chance: Chance, name: string): Planned {
  const count = chance.pick(`steps of ${name}`, [1, 1, 2, 3]);
  return {
    name,
    clockOffset: clockOffset(chance, name),
    steps: Array.from({ length: count }, (_, index) => ({
      name: String(index),
      deed: deedOf(chance, `${name}.${index}`),
    })),
  };
}

function clockOffset(chance: Chance, whose: string): number {
  return Math.round((chance.of(`clock of ${whose}`) * 2 - 1) * CLOCKS_DIFFER);
}

function deedOf(chance: Chance, name: string): Deed {
  const does = DEEDS[chance.below(`deed of ${name}`, DEEDS.length)] ?? 'login';
  const person = chance.pick(`person of ${name}`, PEOPLE);
  const id = chance.pick(`id of ${name}`, IDS);
  switch (does) {
    case 'login':
      return loginOf(chance, name, person, id);
    case 'login in Express':
      return { does, login: name, person, id, regenerates: chance.isSo(`regenerates at ${name}`, 0.4) };
    case 'refresh in Express':
      return { does, id, withSid: chance.isSo(`sid at ${name}`, 0.5) };
    case 'end all':
      return { does, person, tolerance: chance.pick(`tolerance of ${name}`, [1, 1, 0, 60, 300]) };
    case 'end one':
    case 'check':
      return { does, person };
    case 'issue':
      return { does, token: tokenOf(chance, name, person) };
    case 'deliver':
      return { does, token: tokenOf(chance, name, person), anew: chance.isSo(`anew at ${name}`, 0.3) };
    default:
      return { does, id };
  }
}

function loginOf(chance: Chance, name: string, person: Person, id: string): Deed {
  const isCapped = chance.isSo(`cap of ${name}`, 0.25);
  return {
    does: 'login',
    login: name,
    person,
    ...(chance.isSo(`own id of ${name}`, 0.3)
      ? { replaces: false }
      : { id, replaces: chance.isSo(`place of ${name}`, 0.4) }),
    ...(isCapped && { max: chance.pick(`most of ${name}`, [1, 1, 2]) }),
    days: chance.pick(`life of ${name}`, [0.1, 20]),
  };
}

/** Few, so that many are delivered again. */
function tokenOf(chance: Chance, name: string, { client, sub, sid }: Person): TokenOf {
  const clients: readonly [string, ...string[]] = chance.isSo(`audience of ${name}`, 0.2)
    ? ['shop', 'forum']
    : [client];
  const bySid = sid !== undefined && chance.isSo(`scope of ${name}`, 0.5);
  const scope: { sid?: string; sub?: string } = bySid
    ? { sid, ...(chance.isSo(`sub of ${name}`, 0.5) && { sub }) }
    : { sub };
  const number = chance.below(`jti of ${name}`, 2);
  return { jti: `${clients.join('+')} ${scope.sid ?? ''} ${scope.sub ?? ''} ${number}`, clients, ...scope };
}
