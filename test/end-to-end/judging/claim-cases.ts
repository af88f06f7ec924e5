import { BACKCHANNEL_LOGOUT, EVENTS, having, inTurn, moved, without } from '../../logout-token.ts';
import { accepted, type JudgedCase, refused } from './judged-case.ts';

const NO_STRINGS = [null, 7, true, ['a1'], { a: 1 }];
const strict = { client: 'strict', header: { typ: 'logout+jwt' } };
/** OpenID Connect Core 1.0, section 3.1.3.7: iss, aud and azp. */
const ADDRESS_CASES: readonly JudgedCase[] = [
  accepted('aud a list of one', { claims: having({ aud: ['shop'] }) }),
  accepted('aud a list with the client twice', { claims: having({ aud: ['shop', 'shop'] }) }),
  accepted('aud a list with two of our clients', { claims: having({ aud: ['forum', 'shop'] }) }),
  accepted('azp of the client', { claims: having({ azp: 'shop' }) }),
  accepted('azp of one of two of our clients', { claims: having({ aud: ['shop', 'forum'], azp: 'forum' }) }),
  accepted('aud with an audience that the relying party trusts', {
    client: 'trusting',
    claims: having({ aud: ['trusting', 'https://api.example.com'] }),
  }),
  accepted('iss an alias of the issuer: the sessions are those of the issuer', {
    client: 'aliased',
    claims: (claims, { alias }) => ({ ...claims, iss: alias }),
  }),
  accepted('iss the issuer itself where it has an alias', { client: 'aliased' }),

  refused('issuer_unknown', 'iss missing', { claims: without('iss') }),
  ...NO_STRINGS.map((iss) => refused('issuer_unknown', `iss ${JSON.stringify(iss)}`, { claims: having({ iss }) })),
  refused('issuer_unknown', 'iss of nobody', { claims: having({ iss: 'https://op.example.com' }) }),
  ...['/', 'INVALID', '#', '?', ' ', '/.'].map((end) =>
    refused('issuer_unknown', `iss with ${JSON.stringify(end)} behind it`, {
      claims: (claims) => ({ ...claims, iss: `${claims.iss}${end}` }),
    }),
  ),
  refused('issuer_unknown', 'iss in capitals', {
    claims: (claims) => ({ ...claims, iss: String(claims.iss).toUpperCase() }),
  }),
  refused('issuer_unknown', 'iss a list with the issuer', { claims: (claims) => ({ ...claims, iss: [claims.iss] }) }),
  refused('audience_mismatch', 'iss an alias that only another client has', {
    claims: (claims, { alias }) => ({ ...claims, iss: alias }),
  }),
  refused('audience_mismatch', 'another configured issuer that publishes the same keys', {
    claims: (claims, { twin }) => ({ ...claims, iss: twin }),
  }),
  refused('audience_mismatch', 'aud a client of another issuer', { claims: having({ aud: 'twin' }) }),
  refused('audience_mismatch', 'aud missing', { claims: without('aud') }),
  ...[null, 7, true, [], {}, { shop: true }, [['shop']], ''].map((aud) =>
    refused('audience_mismatch', `aud ${JSON.stringify(aud)}`, { claims: having({ aud }) }),
  ),
  ...['shopINVALID', 'sho', 'SHOP', ' shop', 'shop forum', 'shop,forum'].map((aud) =>
    refused('audience_mismatch', `aud ${JSON.stringify(aud)}`, { claims: having({ aud }) }),
  ),
  refused('audience_untrusted', 'aud with a client that is none of ours', { claims: having({ aud: ['shop', 'x'] }) }),
  refused('audience_untrusted', 'aud with something that is no client', { claims: having({ aud: ['shop', null] }) }),
  refused('audience_untrusted', 'aud with an audience that only another relying party trusts', {
    claims: having({ aud: ['shop', 'https://api.example.com'] }),
  }),
  refused('audience_untrusted', 'aud with an audience other than the one that the relying party trusts', {
    client: 'trusting',
    claims: having({ aud: ['trusting', 'https://api.example.com/'] }),
  }),
  refused('audience_untrusted', 'aud with an audience that one of two relying parties does not trust', {
    claims: having({ aud: ['shop', 'trusting', 'https://api.example.com'] }),
  }),
  refused('azp_mismatch', 'azp of another client of ours', { claims: having({ azp: 'forum' }) }),
  refused('azp_mismatch', 'azp of a trusted audience', {
    client: 'trusting',
    claims: having({ aud: ['trusting', 'https://api.example.com'], azp: 'https://api.example.com' }),
  }),
  ...[null, 7, ['shop'], ''].map((azp) =>
    refused('azp_mismatch', `azp ${JSON.stringify(azp)}`, { claims: having({ azp }) }),
  ),
];

/** OpenID Connect Core 1.0, section 3.1.3.7, steps 9 and 10; RFC 7519, section 4.1. */
const TIME_CASES: readonly JudgedCase[] = [
  accepted('iat as far in the future as clocks may differ', { claims: moved('iat', 58) }),
  accepted('iat with a fraction', { claims: (claims) => ({ ...claims, iat: Number(claims.iat) - 0.5 }) }),
  accepted('iat an hour ago', { claims: inTurn(moved('iat', -3600), without('exp')) }),
  accepted('iat backdated by a second, as Zitadel does', { claims: moved('iat', -1) }),
  accepted('exp missing, as Ory Hydra has it', { claims: without('exp') }),
  accepted('exp as far in the past as clocks may differ', { claims: moved('exp', -55) }),
  accepted('a lifetime of an hour, as Janssen has it', { claims: inTurn(moved('exp', 3600), moved('nbf', 0)) }),
  accepted('a lifetime of five minutes, as Duende has it', { claims: inTurn(moved('exp', 300), moved('nbf', 0)) }),
  accepted('nbf as far in the future as clocks may differ', { claims: moved('nbf', 58) }),
  accepted('nbf 0, as old Keycloak sends it', { claims: having({ nbf: 0 }) }),
  accepted('an old token where the strict profile’s age is overridden', {
    client: 'patient',
    header: { typ: 'logout+jwt' },
    claims: inTurn(moved('iat', -3000), moved('exp', 60)),
  }),

  refused('iat_invalid', 'iat missing', { claims: without('iat') }),
  refused('iat_invalid', 'iat a number in quotes', { claims: (claims) => ({ ...claims, iat: String(claims.iat) }) }),
  ...[0, -1].map((iat) => refused('token_too_old', `iat ${iat}`, { claims: having({ iat }) })),
  ...[null, true, [1], {}].map((iat) =>
    refused('iat_invalid', `iat ${JSON.stringify(iat)}`, { claims: having({ iat }) }),
  ),
  refused('iat_invalid', 'iat larger than numbers are', {
    claims: (claims) => JSON.stringify(claims).replace(/"iat":\d+/, '"iat":1e999'),
  }),
  refused('iat_in_future', 'iat further in the future than clocks differ', { claims: moved('iat', 65) }),
  refused('iat_in_future', 'iat in milliseconds', { claims: (claims) => ({ ...claims, iat: Date.now() }) }),
  refused('iat_in_future', 'iat a little in the future where no tolerance is configured', {
    client: 'punctual',
    claims: moved('iat', 5),
  }),
  refused('token_too_old', 'iat too long ago', { claims: inTurn(moved('iat', -3661), without('exp')) }),
  refused('token_too_old', 'iat of last year, without exp', {
    claims: inTurn(moved('iat', -31_536_000), without('exp')),
  }),
  refused('token_too_old', 'iat of last year, with an exp to come', { claims: moved('iat', -31_536_000) }),
  refused('token_too_old', 'iat too long ago for this relying party', {
    client: 'punctual',
    claims: moved('iat', -301),
  }),
  refused('token_too_old', 'iat of three minutes ago in the strict profile', { ...strict, claims: moved('iat', -181) }),
  refused('token_too_old', 'iat too long ago for one of two relying parties', {
    claims: inTurn(moved('iat', -301), having({ aud: ['shop', 'punctual'] })),
  }),
  refused('exp_missing', 'exp missing where one of two relying parties is strict', {
    header: { typ: 'logout+jwt' },
    claims: inTurn(without('exp'), having({ aud: ['shop', 'strict'] })),
  }),
  refused('exp_missing', 'exp missing in the strict profile', { ...strict, claims: without('exp') }),
  ...[0, -1].map((exp) => refused('token_expired', `exp ${exp}`, { claims: having({ exp }) })),
  ...[null, '2', true].map((exp) => refused('exp_invalid', `exp ${JSON.stringify(exp)}`, { claims: having({ exp }) })),
  refused('token_expired', 'exp past', { claims: moved('exp', -61) }),
  refused('token_expired', 'exp just past where no tolerance is configured', {
    client: 'punctual',
    claims: moved('exp', -1),
  }),
  ...[null, 'now', false].map((nbf) =>
    refused('nbf_invalid', `nbf ${JSON.stringify(nbf)}`, { claims: having({ nbf }) }),
  ),
  refused('token_not_yet_valid', 'nbf in the future', { claims: moved('nbf', 65) }),
];

/** Back-Channel Logout 1.0, sections 2.4 and 2.6, steps 5 to 7. */
const LOGOUT_CASES: readonly JudgedCase[] = [
  accepted('as the specification has it', { header: { typ: 'logout+jwt' } }),
  accepted('sid without sub', { claims: without('sub') }),
  accepted('sub without sid', { claims: without('sid') }),
  accepted('sid of another sub: the order is about the sid', { claims: having({ sub: 'somebody else' }) }),
  accepted('claims that nobody knows', {
    claims: having({ ignored_claim: { a: [1] }, typ: 'Logout', logout_reason: 'user_logout', cause: null }),
  }),
  accepted('a second event whose value is no object, as Keycloak sends it', {
    claims: having({ events: { ...EVENTS, revoke_offline_access: true } }),
  }),
  accepted('an event with members', { claims: having({ events: { [BACKCHANNEL_LOGOUT]: { reason: 'x' } } }) }),
  accepted('all that the strict profile asks for', strict),
  accepted('a jti of 1024 characters', { claims: (claims) => ({ ...claims, jti: `${claims.jti}`.padEnd(1024, 'x') }) }),

  refused('events_invalid', 'events missing', { claims: without('events') }),
  ...[null, BACKCHANNEL_LOGOUT, [BACKCHANNEL_LOGOUT], {}, true].map((events) =>
    refused('events_invalid', `events ${JSON.stringify(events)}`, { claims: having({ events }) }),
  ),
  ...[null, true, 1, '', [], [{}]].map((value) =>
    refused('events_invalid', `the event’s value ${JSON.stringify(value)}`, {
      claims: having({ events: { [BACKCHANNEL_LOGOUT]: value } }),
    }),
  ),
  ...[
    BACKCHANNEL_LOGOUT.replace('http:', 'https:'),
    `${BACKCHANNEL_LOGOUT}/`,
    BACKCHANNEL_LOGOUT.toUpperCase(),
    'http://schemas.openid.net/event/foobar',
    'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
  ].map((event) => refused('events_invalid', `the event ${event}`, { claims: having({ events: { [event]: {} } }) })),
  refused('events_invalid', 'the event inherited from __proto__', {
    claims: (claims) =>
      JSON.stringify({ ...claims, events: 'E' }).replace('"E"', `{"__proto__":${JSON.stringify(EVENTS)}}`),
  }),
  ...['n-0S6_WzA2Mj', '', null, false].map((nonce) =>
    refused('nonce_present', `nonce ${JSON.stringify(nonce)}`, { claims: having({ nonce }) }),
  ),
  refused('jti_invalid', 'jti missing', { claims: without('jti') }),
  ...['', ...NO_STRINGS].map((jti) =>
    refused('jti_invalid', `jti ${JSON.stringify(jti)}`, { claims: having({ jti }) }),
  ),
  refused('jti_invalid', 'a jti of 1025 characters', { claims: having({ jti: 'x'.repeat(1025) }) }),
  refused('scope_missing', 'neither sub nor sid', { claims: without('sub', 'sid') }),
  ...['', ...NO_STRINGS].map((sub) =>
    refused('sub_invalid', `sub ${JSON.stringify(sub)}`, { claims: having({ sub }) }),
  ),
  ...['', ...NO_STRINGS].map((sid) =>
    refused('sid_invalid', `sid ${JSON.stringify(sid)}`, { claims: having({ sid }) }),
  ),
  refused('sid_invalid', 'a sid without end', { claims: having({ sid: 'x'.repeat(1025) }) }),
  refused('sub_invalid', 'a sub without end', { claims: having({ sub: 'x'.repeat(1025) }) }),
];

/** RFC 8725, sections 2.8 and 3.12: tokens of other kinds, with genuine signatures. */
const OTHER_KIND_CASES: readonly JudgedCase[] = [
  refused('events_invalid', 'an ID token', {
    claims: inTurn(without('events'), having({ nonce: 'n', auth_time: 1, at_hash: 'x', azp: 'shop' })),
  }),
  refused('events_invalid', 'an ID token without nonce', { claims: inTurn(without('events'), having({ acr: '0' })) }),
  refused('typ_not_allowed', 'an access token of RFC 9068', {
    header: { typ: 'at+jwt' },
    claims: inTurn(without('events'), having({ scope: 'openid', client_id: 'shop' })),
  }),
  refused('events_invalid', 'an access token without typ, as Keycloak’s', {
    claims: inTurn(without('events'), having({ typ: 'Bearer', azp: 'shop', scope: 'openid' })),
  }),
  refused('events_invalid', 'a security event token of CAEP without typ', {
    claims: having({ events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} } }),
  }),
  refused('nonce_present', 'a logout token that an attacker wants to use as an ID token', {
    claims: having({ nonce: 'n', events: EVENTS }),
  }),
];

export const CLAIM_CASES: readonly JudgedCase[] = [
  ...ADDRESS_CASES,
  ...TIME_CASES,
  ...LOGOUT_CASES,
  ...OTHER_KIND_CASES,
];
