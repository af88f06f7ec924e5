import fc from 'fast-check';
import { BACKCHANNEL_LOGOUT, type Claims, encoded } from '../../logout-token.ts';
import { JUDGED_ALGORITHMS } from './judge.ts';

const KNOWN_CLAIMS = ['iss', 'aud', 'azp', 'iat', 'exp', 'nbf', 'jti', 'events', 'nonce', 'sub', 'sid'];
const KNOWN_PARAMETERS = ['alg', 'kid', 'typ', 'crit', 'b64'];

const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));

/** Of any code points. For fc.string({ unit: 'binary' }), fast-check first lists all of Unicode, for some CPU seconds. */
export const unicodeText = ({ minLength = 0, maxLength }: { minLength?: number; maxLength: number }) =>
  fc.array(codePoint, { minLength, maxLength }).map((all) => String.fromCodePoint(...all));

const identifier = fc.oneof(
  { weight: 9, arbitrary: unicodeText({ minLength: 1, maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString') },
);

/** Members that nobody knows, which must be ignored. */
const unknownMembers = (known: readonly string[]) =>
  fc.dictionary(
    fc.string({ maxLength: 12 }).filter((name) => !known.includes(name) && name !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 3 },
  );

const events = unknownMembers([BACKCHANNEL_LOGOUT]).chain((others) =>
  unknownMembers([]).map((value) => ({ ...others, [BACKCHANNEL_LOGOUT]: value })),
);

/** What names the session: sub, sid or both. */
const scope = fc.oneof(
  fc.record({ sub: identifier }),
  fc.record({ sid: identifier }),
  fc.record({ sub: identifier, sid: identifier }),
);

const audience = fc.oneof(
  fc.constantFrom('shop', 'forum'),
  fc
    .subarray(['shop', 'forum'], { minLength: 1 })
    .chain((list) => fc.shuffledSubarray(list, { minLength: list.length })),
);

/** Claims that keep every rule, at a time in epoch seconds. */
export const ruleAbidingClaims = (issuer: string, now: number): fc.Arbitrary<Claims> =>
  fc
    .tuple(
      scope,
      fc.record(
        {
          iss: fc.constant(issuer),
          aud: audience,
          jti: identifier,
          events,
          iat: fc.oneof(
            fc.integer({ min: now - 3659, max: now + 60 }),
            fc.double({ min: now - 3659, max: now + 59, noNaN: true }),
          ),
          exp: fc.integer({ min: now - 59, max: now + 86_400 }),
          nbf: fc.integer({ min: 0, max: now + 60 }),
        },
        { requiredKeys: ['iss', 'aud', 'jti', 'events', 'iat'] },
      ),
      unknownMembers(KNOWN_CLAIMS),
    )
    .map(([named, required, unknown]) => ({ ...unknown, ...required, ...named }));

/** Headers that keep every rule. */
export const ruleAbidingHeader: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.record(
      {
        alg: fc.constantFrom(...JUDGED_ALGORITHMS),
        typ: fc.constantFrom('logout+jwt', 'JWT', 'jwt', 'application/logout+jwt', 'Logout+Jwt'),
      },
      { requiredKeys: ['alg'] },
    ),
    unknownMembers([...KNOWN_PARAMETERS, 'cty']),
  )
  .map(([header, unknown]) => ({ ...unknown, ...header }));

/** Any value for any claim or header parameter, near the right ones more often than not. */
const anyValue = (near: readonly unknown[]) =>
  fc.oneof(fc.constantFrom(...near), fc.jsonValue({ maxDepth: 3 }), fc.string(), fc.integer(), fc.double());

/** Sets, or takes away, a claim. */
export const claimChange = (issuer: string, now: number): fc.Arbitrary<(claims: Claims) => Claims> =>
  fc
    .tuple(
      fc.constantFrom(...KNOWN_CLAIMS),
      fc.option(
        anyValue([
          ...[
            issuer,
            `${issuer}/`,
            'shop',
            'forum',
            ['shop'],
            ['forum', 'shop'],
            ['shop', 'x'],
            [],
            {},
            null,
            '',
            true,
          ],
          ...[now, now + 60, now + 61, now - 60, now - 59, now - 3659, now - 3660, now - 3661, 0, -1, 1e300],
          ...[{ [BACKCHANNEL_LOGOUT]: {} }, { [BACKCHANNEL_LOGOUT]: null }, 'x'.repeat(1024), 'x'.repeat(1025)],
        ]),
        { nil: undefined },
      ),
    )
    .map(([name, value]) => (claims) => ({ ...claims, [name]: value }));

/** Changes the text of a token: a character, a bit, a part, a member of header or payload. */
export const tokenMutation: fc.Arbitrary<(token: string) => string> = fc.oneof(
  textMutation(),
  fc.tuple(fc.nat(4), fc.nat(), fc.nat(7)).map(([part, at, bit]) => flipBit(part, at, bit)),
  fc
    .tuple(fc.nat(2), fc.uint8Array({ maxLength: 400 }))
    .map(([part, bytes]) => withPart(part, () => Buffer.from(bytes))),
  fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 1 }).map((order) => (token: string) => {
    const parts = token.split('.');
    return order
      .filter((index) => index < parts.length)
      .map((index) => parts[index])
      .join('.');
  }),
  memberMutation(
    0,
    ['alg', 'enc', 'epk', 'zip', 'kid', 'typ', 'crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'],
    [...['none', 'HS256', 'RS256', 'PS256', 'ES256', 'EdDSA', 'rs256', 'es256', 'at+jwt', 'JWT', ['b64'], false]],
  ),
  memberMutation(1, KNOWN_CLAIMS, ['shop', 'forum', ['shop', 'forum'], 'alice', {}, 1, null, 2_000_000_000]),
);

function textMutation() {
  const edit = fc.tuple(
    fc.nat(),
    fc.nat(3),
    fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('.', '=', 'A', ' ')),
  );
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map(
    (edits) => (token: string) =>
      edits.reduce((text, [at, length, insert]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + insert + text.slice(start + length);
      }, token),
  );
}

function withPart(part: number, change: (bytes: Buffer) => Buffer) {
  return (token: string) =>
    token
      .split('.')
      .map((text, index) => (index === part ? change(Buffer.from(text, 'base64url')).toString('base64url') : text))
      .join('.');
}

function flipBit(part: number, at: number, bit: number) {
  return withPart(part, (bytes) => {
    const index = at % Math.max(1, bytes.length);
    bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
    return bytes;
  });
}

function memberMutation(part: number, names: readonly string[], near: readonly unknown[]) {
  return fc.tuple(fc.constantFrom(...names), fc.option(anyValue(near), { nil: undefined })).map(
    ([name, value]) =>
      (token: string) =>
        token
          .split('.')
          .map((text, index) =>
            index === part && text.startsWith('eyJ')
              ? encoded({ ...JSON.parse(Buffer.from(text, 'base64url').toString()), [name]: value })
              : text,
          )
          .join('.'),
  );
}
