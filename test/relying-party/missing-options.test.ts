import { Store } from 'express-session';
import { describe, expect, it } from 'vitest';
import {
  ExpressSessionStore,
  expressOpenidConnect,
  extendStore,
  passportOpenidconnect,
} from '../../relying-party/express-session/index.ts';
import { LogoutCheck, SessionStore } from '../../relying-party/sessions/index.ts';

/** As JavaScript calls it, which has no compiler that asks for what is missing. */
type Untyped = (...given: readonly unknown[]) => unknown;
const constructed =
  (Constructor: new (options: never) => unknown): Untyped =>
  (...given) =>
    Reflect.construct(Constructor, given);
const called =
  (call: (...given: never[]) => unknown): Untyped =>
  (...given) =>
    Reflect.apply(call, undefined, given);

const client = { send: () => undefined };
const relyingParty = { issuer: 'https://op.example.com', clientId: 'shop' };
const options = { client, tableName: 'sessions', relyingParty };
const identityOf = passportOpenidconnect(relyingParty);

const newSessionStore = constructed(SessionStore);
const newExpressSessionStore = constructed(ExpressSessionStore);
const newLogoutCheck = constructed(LogoutCheck);
const extend = called(extendStore);

const MISSING: readonly [string, Untyped, readonly unknown[], string][] = [
  ['SessionStore without options', newSessionStore, [], 'client'],
  ['SessionStore without client', newSessionStore, [{ ...options, client: undefined }], 'client'],
  ['SessionStore with the settings of a client', newSessionStore, [{ ...options, client: { region: 'x' } }], 'client'],
  ['SessionStore without tableName', newSessionStore, [{ client, relyingParty }], 'tableName'],
  ['SessionStore with an empty tableName', newSessionStore, [{ ...options, tableName: '' }], 'tableName'],
  ['SessionStore whose relying party is null', newSessionStore, [{ ...options, relyingParty: null }], 'relyingParty'],
  [
    'SessionStore whose relying party has no issuer',
    newSessionStore,
    [{ ...options, relyingParty: { clientId: 'shop' } }],
    'relyingParty.issuer',
  ],
  [
    'SessionStore whose relying party has no client id',
    newSessionStore,
    [{ ...options, relyingParty: { issuer: relyingParty.issuer } }],
    'relyingParty.clientId',
  ],
  ['LogoutCheck without store', newLogoutCheck, [{ maxAgeSeconds: 5 }], 'store'],
  ['LogoutCheck with something else as store', newLogoutCheck, [{ store: new Map() }], 'store'],
  ['ExpressSessionStore without identityOf', newExpressSessionStore, [options], 'identityOf'],
  ['ExpressSessionStore without tableName', newExpressSessionStore, [{ client, identityOf }], 'tableName'],
  ['expressOpenidConnect without relying party', called(expressOpenidConnect), [], 'relyingParty'],
  [
    'expressOpenidConnect without client id',
    called(expressOpenidConnect),
    [{ issuer: relyingParty.issuer }],
    'relyingParty.clientId',
  ],
  ['passportOpenidconnect without issuer', called(passportOpenidconnect), [{}], 'relyingParty.issuer'],
  ['extendStore without the Store of express-session', extend, [undefined, { read() {} }], 'Store'],
  ['extendStore without a store', extend, [Store], 'store'],
];

describe('what is missing is refused at once, with the name of the option', () => {
  it.each(MISSING)('%s', (_what, call, given, name) => {
    expect(() => call(...given)).toThrow(TypeError);
    expect(() => call(...given)).toThrow(new RegExp(`(^|')${name.replace('.', '\\.')}('| must be )`));
  });

  it('and nothing that is given', () => {
    expect(newSessionStore(options)).toBeInstanceOf(SessionStore);
    expect(newSessionStore({ client, tableName: 'sessions' })).toBeInstanceOf(SessionStore);
    expect(newExpressSessionStore({ ...options, identityOf })).toBeInstanceOf(ExpressSessionStore);
    expect(newLogoutCheck({ store: new SessionStore({ ...Object(options) }) })).toBeInstanceOf(LogoutCheck);
  });
});
