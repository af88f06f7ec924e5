import { createHash } from 'node:crypto';
import type { JoseHeader } from '../../issuer.ts';
import { type Claims, EVENTS } from '../../logout-token.ts';

/** A logout token as one OP sends it. */
export interface OpLogoutToken {
  readonly op: string;
  /** A relying party of the deployment that is configured for it. @default - shop */
  readonly client?: string;
  readonly header: JoseHeader;
  /** @param login whose session is to end, and when, in epoch seconds; what is the same for all OPs is there already */
  readonly claims: (login: { sub: string; sid: string; now: number; client: string }) => Claims;
  /** @default - signed with a published key */
  readonly isSignedWithClientSecret?: boolean;
  /** `alg` and `enc` of the encryption. @default - none */
  readonly encryption?: { readonly alg: string; readonly enc: string };
  /** What ends: the one session of the `sid`, or all of the subject. */
  readonly ends: 'session' | 'subject';
}

/**
 * Claims and headers as read in each OP's source or documentation; where that was not to be had, it is said. Every one
 * has `iss`, `iat`, `jti` and `events` beside what stands here, unless it says otherwise.
 */
export const OP_LOGOUT_TOKENS: readonly OpLogoutToken[] = [
  {
    // Its sub is that of the first client of the browser session, which may be another one's.
    op: 'WSO2 Identity Server',
    header: { alg: 'RS256', x5t: 'NmJmOGUxMzZlYjM2', 'x5t#S256': 'OWJkZTA4' },
    claims: ({ sid, now, client }) => ({ sub: 'alice@first-client', sid, aud: [client], exp: now + 120 }),
    ends: 'session',
  },
  {
    op: 'Keycloak',
    header: { alg: 'RS256', typ: 'logout+jwt' },
    claims: ({ sub, sid, now, client }) => ({
      sub,
      sid,
      aud: client,
      exp: now + 120,
      typ: 'Logout',
      events: { ...EVENTS, revoke_offline_access: true },
    }),
    ends: 'session',
  },
  {
    op: 'Keycloak before 23.0.4',
    header: { alg: 'RS256', typ: 'JWT' },
    claims: ({ sub, sid, client }) => ({ sub, sid, aud: client, typ: 'Logout', nbf: 0 }),
    ends: 'session',
  },
  {
    op: 'Keycloak with encrypted ID tokens',
    client: 'sealed',
    header: { alg: 'RS256', typ: 'logout+jwt' },
    claims: ({ sub, sid, now, client }) => ({ sub, sid, aud: client, exp: now + 120, typ: 'Logout' }),
    encryption: { alg: 'RSA-OAEP-256', enc: 'A256GCM' },
    ends: 'session',
  },
  {
    op: 'Keycloak with HS256',
    client: 'symmetric',
    header: { alg: 'HS256', typ: 'logout+jwt', kid: 'f0a2c1d4-hmac' },
    claims: ({ sub, sid, now, client }) => ({ sub, sid, aud: client, exp: now + 120, typ: 'Logout' }),
    isSignedWithClientSecret: true,
    ends: 'session',
  },
  {
    op: 'Ory Hydra',
    header: { alg: 'RS256', typ: 'JWT' },
    claims: ({ sid, client }) => ({ sid, aud: [client] }),
    ends: 'session',
  },
  {
    op: 'oidc-provider',
    header: { alg: 'RS256', typ: 'logout+jwt' },
    claims: ({ sub, now, client }) => ({ sub, aud: client, exp: now + 120 }),
    ends: 'subject',
  },
  {
    op: 'oidc-provider with backchannel_logout_session_required',
    header: { alg: 'PS256', typ: 'logout+jwt' },
    claims: ({ sub, sid, now, client }) => ({ sub, sid, aud: client, exp: now + 120 }),
    ends: 'session',
  },
  {
    op: 'Duende IdentityServer',
    header: { alg: 'RS256', typ: 'logout+jwt' },
    claims: ({ sub, sid, now, client }) => ({
      sub,
      sid,
      aud: client,
      nbf: now,
      exp: now + 300,
      logout_reason: 'user_logout',
    }),
    ends: 'session',
  },
  {
    op: 'Auth0',
    header: { alg: 'RS256', typ: 'logout+jwt' },
    claims: ({ sid, sub, now, client }) => ({ sub, sid, aud: client, exp: now + 120 }),
    ends: 'session',
  },
  {
    op: 'Auth0 with an application that uses HS256',
    client: 'symmetric',
    header: { alg: 'HS256', typ: 'logout+jwt', kid: undefined },
    claims: ({ sid, sub, now, client }) => ({ sub, sid, aud: client, exp: now + 120 }),
    isSignedWithClientSecret: true,
    ends: 'session',
  },
  {
    // No sender of back-channel logout to custom clients is known: this is the form of its ID tokens.
    op: 'Okta (assumed)',
    header: { alg: 'RS256' },
    claims: ({ sub, sid, now, client }) => ({
      sub,
      sid,
      aud: client,
      exp: now + 300,
      ver: 1,
      idp: '00o1n8sbwArJ7OQRw406',
    }),
    ends: 'session',
  },
  {
    op: 'Zitadel',
    header: { alg: 'RS256' },
    claims: ({ sub, sid, now, client }) => ({ sub, sid, aud: [client], iat: now - 1, exp: now + 899 }),
    ends: 'session',
  },
  {
    op: 'authentik',
    header: { alg: 'RS256', typ: 'JWT' },
    claims: ({ sub, sid, now, client }) => ({ sub, sid, aud: client, exp: now + 600 }),
    ends: 'session',
  },
  {
    op: 'authentik without a signing key, for a whole user',
    client: 'symmetric',
    header: { alg: 'HS256', typ: 'JWT', kid: undefined },
    claims: ({ sub, now, client }) => ({ sub: sub, aud: client, exp: now + 600 }),
    isSignedWithClientSecret: true,
    ends: 'subject',
  },
  {
    op: 'GOV.UK One Login',
    header: { alg: 'ES256', typ: 'logout+jwt' },
    claims: ({ sub, now, client }) => ({ sub, aud: client, exp: now + 120 }),
    ends: 'subject',
  },
  {
    op: 'PingAM and PingOne Advanced Identity Cloud',
    header: { alg: 'RS256', typ: 'JWT' },
    claims: ({ sub, sid, client }) => ({ sub, sid, aud: client, auditTrackingId: 'a-1', cause: 'CLIENT_LOGOUT' }),
    ends: 'session',
  },
  {
    op: 'Janssen',
    header: { alg: 'RS256', typ: 'JWT' },
    claims: ({ sub, sid, now, client }) => ({ sub, sid, aud: client, nbf: now, exp: now + 3600 }),
    ends: 'session',
  },
  {
    op: 'Apereo CAS',
    header: { alg: 'RS512', typ: 'JWT' },
    claims: ({ sub, sid, now, client }) => ({ sub, sid, aud: client, exp: now + 60 }),
    ends: 'session',
  },
  {
    op: 'Logto with its default key',
    header: { alg: 'ES384', typ: 'logout+jwt' },
    claims: ({ sub, now, client }) => ({ sub, aud: client, exp: now + 120 }),
    ends: 'subject',
  },
];

/** `sid`s as the OPs make them; each must be found again to the letter. */
export const OP_SIDS: readonly [op: string, sid: string][] = [
  ['WSO2 Identity Server', '3d2e6a44-52a6-4c5a-a1a0-5b0f5e3a0a11'],
  ['PingAM', 'mTNo04aOZLHyEZFrzC7c1pNbK8Z3cQqo+zreDBnZAqvM=/x'],
  ['authentik', createHash('sha256').update('session').digest('hex')],
  ['Apereo CAS', createHash('sha1').update('session').digest('hex')],
  ['the certification suite', ' aZ09 !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ '],
  ['an OP beyond the specification', 'ünïcode 🔑 \u0000'],
];
