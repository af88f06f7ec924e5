import { randomInt, randomUUID } from 'node:crypto';
import type { TestIssuer } from '../../issuer.ts';
import { type Claims, having, underHeader, without } from '../../logout-token.ts';

/**
 * The modules of the OpenID Foundation's plan `oidcc-client-back-channel-logout-rp-basic`, by their own names. The shapes
 * are those that its fake OP sends: no `typ`, `aud` a string, `sub` and a hostile `sid`, a claim and a form parameter
 * that must be ignored, a charset behind the content type. Exactly 200 or 400 passes; a missing `no-store` is a warning.
 */
export const CERTIFICATION_MODULES: readonly [
  name: string,
  status: number,
  send: (op: TestIssuer, claims: Claims) => Promise<string>,
][] = [
  ['oidcc-client-test-rp-backchannel-rpinitlogout', 200, (op, claims) => op.sign(claims)],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-alg-none',
    400,
    async (op, claims) => underHeader(await op.sign(claims), { alg: 'none' }).replace(/[^.]+$/, ''),
  ],
  ['oidcc-client-test-rp-backchannel-rpinitlogout-no-event', 400, (op, claims) => op.sign(without('events')(claims))],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce',
    400,
    (op, claims) => op.sign(having({ nonce: 'logout_tokens_must_not_contain_a_nonce' })(claims)),
  ],
  // A genuine signature by a published key with its own kid: only the algorithm that was registered tells it apart.
  ['oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg', 400, (op, claims) => op.sign(claims, { alg: 'ES256' })],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud',
    400,
    (op, claims) => op.sign({ ...claims, aud: `${claims.aud}INVALID` }),
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event',
    400,
    (op, claims) => op.sign(having({ events: { 'http://schemas.openid.net/event/foobar': {} } })(claims)),
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss',
    400,
    (op, claims) => op.sign({ ...claims, iss: `${claims.iss}INVALID` }),
  ],
];

const PUNCTUATION = ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Letters, digits, and five of all that RFC 6749, appendix A, allows. */
export function hostileSid(): string {
  const punctuation = Array.from({ length: 5 }, () => PUNCTUATION[randomInt(PUNCTUATION.length)]).join('');
  return `${randomUUID().replaceAll('-', '')}${punctuation}`;
}
