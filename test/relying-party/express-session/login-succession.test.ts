import { describe, expect, it } from 'vitest';
import { identityAfter } from '../../../relying-party/express-session/login-succession.ts';
import type { SessionIdentity } from '../../../relying-party/express-session/session-identity.ts';

const FIRST: SessionIdentity = {
  issuer: 'https://op.example.com',
  clientId: 'shop',
  sub: 'alice',
  sid: 'a1',
  idTokenIssuedAt: 1000,
};
const WITHOUT_SID = { ...FIRST, sid: undefined };

describe('the login of a session that comes after another one, in the same browser session,', () => {
  it.each<[string, SessionIdentity, Partial<SessionIdentity>]>([
    ['a refreshed token of the same sid', FIRST, { idTokenIssuedAt: 2000 }],
    ['a refreshed token without sid', FIRST, { idTokenIssuedAt: 2000, sid: undefined }],
    ['a refreshed token with the auth_time of the login', WITHOUT_SID, { sid: undefined, authenticatedAt: 990 }],
    ['the first token without sid', WITHOUT_SID, { sid: undefined }],
  ])('is the earlier one for %s', (_case, earlier, later) => {
    expect(identityAfter(earlier, { ...FIRST, ...later })).toEqual(earlier);
  });

  it.each<[string, SessionIdentity, Partial<SessionIdentity>]>([
    ['another sub', FIRST, { sub: 'bob' }],
    ['another sid', FIRST, { sid: 'b2' }],
    ['another client', FIRST, { clientId: 'forum' }],
    ['a later auth_time, without sid', WITHOUT_SID, { sid: undefined, authenticatedAt: 1500, idTokenIssuedAt: 1500 }],
    ['a later auth_time, with a sid that appears', WITHOUT_SID, { authenticatedAt: 1500, idTokenIssuedAt: 1500 }],
  ])('is the new one for %s', (_case, earlier, changes) => {
    const later = { ...FIRST, ...changes };
    expect(identityAfter(earlier, later)).toEqual(later);
  });

  it('gets a sid that appears, and keeps the first iat', () => {
    expect(identityAfter(WITHOUT_SID, { ...FIRST, idTokenIssuedAt: 2000 })).toEqual(FIRST);
  });

  it.each<[string, SessionIdentity]>([
    ['of the same sid', FIRST],
    ['where a sid appears', WITHOUT_SID],
  ])('takes the iat of an older token %s, so that a logout that covers either covers the session', (_case, earlier) => {
    expect(identityAfter(earlier, { ...FIRST, idTokenIssuedAt: 900 })).toEqual({ ...FIRST, idTokenIssuedAt: 900 });
  });
});
