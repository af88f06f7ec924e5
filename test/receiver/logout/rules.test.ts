import { CompactEncrypt, type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { type LogoutParts, logout } from '../../../receiver/logout/logout.ts';
import { logoutTokenIn } from '../../../receiver/logout/logout-request.ts';
import { REASONS, type Reason } from '../../../receiver/logout/reasons.ts';
import { Rejection } from '../../../receiver/logout/rejection.ts';
import { type JudgedRule, judgedRules, RULES } from '../../../receiver/logout/rules.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';
import { type Claims, encoded, epochSeconds, underHeader, validClaims } from '../../logout-token.ts';
import { indexOf } from '../../relying-parties-index.ts';
import { newTable } from '../../tables.ts';

/** Neither a rule that is broken, nor that all are kept: what keeps a logout from being judged or carried out. */
const OF_NO_RULE: readonly [reason: Reason, lastPassed: string | undefined, ofEncrypted: string | undefined][] = [
  ['key_not_found', 'jti', 'jti'],
  ['key_unsettled', 'jti', 'jti'],
  ['jwks_unavailable', 'jti', 'jti'],
  ['secret_unavailable', 'jti', 'serialization'],
  ['relying_parties_unavailable', 'serialization', 'serialization'],
  ['time_budget_spent', 'jti', 'serialization'],
  ['deferred', 'token-size', 'token-size'],
  ['store_unavailable', 'signature', 'signature'],
  ['internal_error', undefined, undefined],
];

const limits = { maxBodyBytes: 16_384, maxTokenBytes: 4096 };

/** A request of which every rule holds, until some are broken. */
interface Draft {
  method: string;
  contentType: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** Claims of a token whose logout is done by then. */
  before?: Claims;
  /** Done to the finished token, in this order. */
  finish: ((token: string) => string)[];
  body: (token: string) => string;
}

type Break = (draft: Draft) => void;

const having =
  (claims: Claims): Break =>
  (draft) =>
    Object.assign(draft.claims, claims);

/** For each rule, the reason and a way to break it. */
const BREAKS: Readonly<Record<string, readonly [Reason, Break]>> = {
  method: ['method_not_allowed', (draft) => Object.assign(draft, { method: 'PUT' })],
  'content-type': ['content_type_unsupported', (draft) => Object.assign(draft, { contentType: 'application/json' })],
  'body-size': [
    'body_too_large',
    (draft) => {
      const { body } = draft;
      draft.body = (token) => `${body(token)}&pad=${'x'.repeat(limits.maxBodyBytes)}`;
    },
  ],
  'one-token': [
    'logout_token_repeated',
    (draft) => Object.assign(draft, { body: (token: string) => `logout_token=${token}&logout_token=${token}` }),
  ],
  'token-size': ['token_too_large', having({ pad: 'x'.repeat(limits.maxTokenBytes) })],
  serialization: ['token_malformed', (draft) => draft.finish.push((token) => `${token}*`)],
  encryption: [
    'encryption_not_allowed',
    (draft) => draft.finish.unshift(() => `${encoded({ alg: 'RSA1_5', enc: 'A128GCM' })}.AA.AA.AA.AA`),
  ],
  iss: ['issuer_unknown', having({ iss: 'https://other.test' })],
  aud: ['audience_mismatch', having({ aud: 'other' })],
  azp: ['azp_mismatch', having({ azp: 'other' })],
  'encryption-required': ['token_not_encrypted', having({ aud: 'sealed' })],
  alg: ['alg_not_allowed', (draft) => Object.assign(draft.header, { alg: 'none' })],
  crit: ['crit_unsupported', (draft) => Object.assign(draft.header, { crit: ['exp'] })],
  typ: ['typ_not_allowed', (draft) => Object.assign(draft.header, { typ: 'at+jwt' })],
  iat: ['iat_invalid', having({ iat: 'now' })],
  exp: ['token_expired', having({ exp: 1 })],
  nbf: ['nbf_invalid', having({ nbf: 'now' })],
  sub: ['sub_invalid', having({ sub: 5 })],
  sid: ['sid_invalid', having({ sid: null })],
  scope: ['scope_missing', having({ sub: undefined, sid: undefined })],
  events: ['events_invalid', having({ events: {} })],
  nonce: ['nonce_present', having({ nonce: 'n' })],
  jti: ['jti_invalid', having({ jti: 5 })],
  key: ['key_ambiguous', (draft) => Object.assign(draft.header, { kid: undefined })],
  signature: [
    'signature_invalid',
    (draft) => draft.finish.unshift((token) => token.replace(/[^.]*$/, encoded('x'.repeat(64)))),
  ],
  'jti-use': ['jti_reused', (draft) => Object.assign(draft, { before: { ...draft.claims, sub: 'other' } })],
  replay: ['token_replayed', (draft) => Object.assign(draft, { before: { ...draft.claims } })],
};

let op: TestIssuer;
let parts: LogoutParts;
let sealedKey: CryptoKey;
let receivedAt: number;

beforeAll(async () => {
  receivedAt = epochSeconds();
  op = await startIssuer('ES256');
  await op.addKey('ES256', 'second');
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES', { extractable: true });
  sealedKey = publicKey;
  const decryptionKeys = JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), alg: 'ECDH-ES', kid: 'enc' }] });
  const secrets = new SecretSource(async (secretId) => (secretId === 'short' ? 'short' : decryptionKeys));
  const { issuer } = op;
  const relyingParties = indexOf([
    { issuer, clientId: 'shop', algorithms: ['ES256'], replay: 'refuse' },
    { issuer, clientId: 'sealed', decryptionKeys: { secretId: 'sealed' }, requireEncryption: true },
    { issuer, clientId: 'short', algorithms: ['HS256'], clientSecret: { secretId: 'short' } },
    { issuer, clientId: 'requires-exp', algorithms: ['ES256'], requireExp: true },
    { issuer, clientId: 'forgets-soon', algorithms: ['ES256'], maxTokenAgeSeconds: 60, clockToleranceSeconds: 0 },
  ]);
  parts = {
    relyingParties,
    secrets,
    keys: await newKeySource(),
    decryptionKeys: new DecryptionKeySource(secrets),
    sessionsTable: await newTable('sessions'),
  };
});

afterAll(async () => {
  await op.stop();
});

/** The last one that is given is broken first, so that those before it can break what it has left. */
function drafted(...ids: readonly string[]): Draft {
  const draft: Draft = {
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded',
    header: { alg: 'ES256', kid: 'es256', typ: 'logout+jwt' },
    claims: validClaims(op.issuer, 'shop', { sub: 'alice', sid: 'session', iat: receivedAt, exp: receivedAt + 120 }),
    finish: [],
    body: (token) => `logout_token=${token}`,
  };
  for (const id of ids.toReversed()) {
    BREAKS[id]?.[1](draft);
  }
  return draft;
}

/** The reason that the judge gives; undefined where the logout is done. */
async function judged({ method, contentType, header, claims, before, finish, body }: Draft) {
  const { kid, ...unnamed } = { ...header };
  const sign = async (content: Claims) => await op.sign(content, { alg: 'ES256', kid: 'es256', typ: 'logout+jwt' });
  const isAsSigned = header.alg === 'ES256' && kid === 'es256' && header.typ === 'logout+jwt' && !('crit' in header);
  const signed = await sign(claims);
  const token = finish.reduce(
    (made, change) => change(made),
    isAsSigned ? signed : underHeader(signed, kid === undefined ? unnamed : header),
  );
  try {
    if (before) {
      await carriedOut(await sign(before));
    }
    await carriedOut(logoutTokenIn({ method, contentType, body: Buffer.from(body(token)) }, limits));
    return undefined;
  } catch (error) {
    if (error instanceof Rejection) {
      return error.reason;
    }
    throw error;
  }
}

async function carriedOut(token: string): Promise<void> {
  await logout(token, receivedAt, parts, new AbortController().signal);
}

const ids = RULES.map(({ id }) => id);
const outcomes = (rules: readonly JudgedRule[]) => rules.map(({ outcome }) => outcome);
const passedUntil = (last: string | undefined): JudgedRule['outcome'][] =>
  ids.map((_id, place) => (place <= ids.indexOf(last ?? '') ? 'passed' : 'unjudged'));

describe('the rules', () => {
  it('have each reason in one rule, or among those that are of none', () => {
    const listed = [...RULES.flatMap(({ reasons }) => reasons), ...OF_NO_RULE.map(([reason]) => reason)];
    expect(listed.toSorted()).toEqual(Object.keys(REASONS).sort());
  });

  it('have an id each, and say where they come from', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const { title, section, url } of RULES) {
      expect(title).toMatch(/^\w.{5,70}[^.]$/);
      expect(section).toMatch(/^(Back-Channel Logout 1\.0|OpenID Connect Core 1\.0|RFC \d{4}), section \d/);
      expect(url).toMatch(/^https:\/\/(openid\.net\/specs|www\.rfc-editor\.org\/rfc)\/\S+#\S+$/);
    }
  });

  it('hold for a request that is accepted', async () => {
    expect(await judged(drafted())).toBeUndefined();
    expect(new Set(outcomes(judgedRules(undefined)))).toEqual(new Set(['passed']));
  });

  it.each(ids.map((id, place) => [id, ids[place + 1]] as const))(
    'are judged in their order: %s is the first that does not hold, also where %s does not either',
    async (id, next) => {
      const [reason] = BREAKS[id] ?? [];
      expect(await judged(drafted(id))).toBe(reason);
      expect(await judged(drafted(id, ...(next === undefined ? [] : [next])))).toBe(reason);
      const place = ids.indexOf(id);
      // Of a key, more is judged after the signature.
      const last = id === 'signature' ? 'jti' : ids[place - 1];
      expect(outcomes(judgedRules(reason, { isEncrypted: false }))).toEqual(passedUntil(last).with(place, 'refused'));
    },
  );
});

describe('what is of no rule', () => {
  it.each(OF_NO_RULE)('%s leaves open what comes after %s, and of an encrypted token what comes after %s', (...row) => {
    const [reason, last, ofEncrypted] = row;
    expect(outcomes(judgedRules(reason, { isEncrypted: false }))).toEqual(passedUntil(last));
    expect(outcomes(judgedRules(reason, { isEncrypted: true }))).toEqual(passedUntil(ofEncrypted));
    // Of a token of which nobody knows whether it is encrypted, what both have in common.
    expect(outcomes(judgedRules(reason))).toEqual(passedUntil(ofEncrypted));
  });
});

it('of an encrypted token, crit in its own header is refused before anybody knows whom it is for', async () => {
  const draft = drafted('iss');
  draft.finish.push(() => `${encoded({ alg: 'ECDH-ES', enc: 'A128GCM', crit: ['exp'] })}.AA.AA.AA.AA`);
  expect(await judged(draft)).toBe('crit_unsupported');
  const rules = judgedRules('crit_unsupported', { isEncrypted: true });
  const expected = passedUntil('serialization').with(ids.indexOf('crit'), 'refused');
  expect(outcomes(rules)).toEqual(expected);
});

describe('of an encrypted token, nothing is said of its encryption', () => {
  it.each([
    ['issuer_unknown', 'iss', { iss: 'https://other.test' }],
    ['audience_mismatch', 'aud', { aud: 'other' }],
    ['audience_untrusted', 'aud', { aud: ['shop', 'other'] }],
    ['azp_mismatch', 'azp', { azp: 'other' }],
  ] as const)('by %s, although it is encrypted to somebody else than it names', async (reason, id, broken) => {
    const sealed = async (claims: object) => {
      const token = await op.sign(
        { ...drafted().claims, ...claims },
        { alg: 'ES256', kid: 'es256', typ: 'logout+jwt' },
      );
      return await new CompactEncrypt(Buffer.from(token))
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', kid: 'enc' })
        .encrypt(sealedKey);
    };
    await expect(carriedOut(await sealed({}))).rejects.toMatchObject({ reason: 'decryption_failed' });
    await expect(carriedOut(await sealed(broken))).rejects.toMatchObject({ reason });
    const expected = passedUntil('serialization').with(ids.indexOf(id), 'refused');
    expect(outcomes(judgedRules(reason, { isEncrypted: true }))).toEqual(expected);
    expect(outcomes(judgedRules(reason))).toEqual(expected);
  });
});

it('signature_invalid says nothing of the key: a client secret may be too short for one', async () => {
  const { claims } = drafted();
  const token = [{ alg: 'HS256', typ: 'logout+jwt' }, { ...claims, aud: 'short' }, 'wrong'].map(encoded).join('.');
  await expect(carriedOut(token)).rejects.toMatchObject({ reason: 'signature_invalid' });
  expect(outcomes(judgedRules('signature_invalid', { isEncrypted: false }))).toEqual(
    passedUntil('jti').with(ids.indexOf('signature'), 'refused'),
  );
});

it('are judged one after the other for all clients that a token is for', async () => {
  const reasonFor = async (...aud: readonly string[]) => {
    const draft = drafted();
    Object.assign(draft.claims, { aud, exp: undefined, iat: receivedAt - 90 });
    return await judged(draft);
  };
  expect(await reasonFor('requires-exp')).toBe('exp_missing');
  expect(await reasonFor('forgets-soon')).toBe('token_too_old');
  expect(await reasonFor('requires-exp', 'forgets-soon')).toBe('token_too_old');
});
