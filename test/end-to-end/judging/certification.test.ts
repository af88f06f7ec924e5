import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { type LocalRun, startLocalRun } from '../../local-run.ts';
import { type Claims, epochSeconds, having, underHeader, validClaims, without } from '../../logout-token.ts';

/**
 * The modules of the OpenID Foundation's plan `oidcc-client-back-channel-logout-rp-basic`, by their own names. The shapes
 * are those that its fake OP sends: no `typ`, `aud` a string, `sub` and a hostile `sid`, a claim and a form parameter
 * that must be ignored, a charset behind the content type. Exactly 200 or 400 passes; a missing `no-store` is a warning.
 */
const MODULES: [name: string, status: number, send: (claims: Claims) => Promise<string>][] = [
  ['oidcc-client-test-rp-backchannel-rpinitlogout', 200, (claims) => op.sign(claims)],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-alg-none',
    400,
    async (claims) => underHeader(await op.sign(claims), { alg: 'none' }).replace(/[^.]+$/, ''),
  ],
  ['oidcc-client-test-rp-backchannel-rpinitlogout-no-event', 400, (claims) => op.sign(without('events')(claims))],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce',
    400,
    (claims) => op.sign(having({ nonce: 'logout_tokens_must_not_contain_a_nonce' })(claims)),
  ],
  // A genuine signature by a published key with its own kid: only the algorithm that was registered tells it apart.
  ['oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg', 400, (claims) => op.sign(claims, { alg: 'ES256' })],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud',
    400,
    (claims) => op.sign({ ...claims, aud: `${claims.aud}INVALID` }),
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event',
    400,
    (claims) => op.sign(having({ events: { 'http://schemas.openid.net/event/foobar': {} } })(claims)),
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss',
    400,
    (claims) => op.sign({ ...claims, iss: `${claims.iss}INVALID` }),
  ],
];

const PUNCTUATION = ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

let op: TestIssuer;
let receiver: LocalRun;
let store: SessionStore;

beforeAll(async () => {
  op = await startIssuer('RS256', 'ES256');
  receiver = await startLocalRun([{ issuer: op.issuer, clientId: 'rp', algorithms: ['RS256'] }]);
  store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
});

afterAll(async () => {
  await receiver.stop();
  await op.stop();
});

/** Letters, digits, and five of all that RFC 6749, appendix A, allows. */
function hostileSid(): string {
  const punctuation = Array.from({ length: 5 }, () => PUNCTUATION[randomInt(PUNCTUATION.length)]).join('');
  return `${randomUUID().replaceAll('-', '')}${punctuation}`;
}

describe('the certification suite', () => {
  it.each(MODULES)('%s: %i', async (_name, status, send) => {
    const [sub, sid] = ['user-subject-1234531', hostileSid()];
    const now = epochSeconds();
    const { id } = await store.create({
      issuer: op.issuer,
      clientId: 'rp',
      sub,
      sid,
      idTokenIssuedAt: now,
      expiresAt: now + 3600,
      data: {},
    });
    const claims = { sub, sid, ignored_claim: 'this claim is not known and has to be ignored' };
    const response = await fetch(receiver.endpoint, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', accept: '*/*' },
      body: new URLSearchParams({
        logout_token: await send(validClaims(op.issuer, 'rp', claims)),
        ignored_parameter: 'this parameter is not known and has to be ignored',
      }).toString(),
    });
    expect(response.status).toBe(status);
    expect(
      response.headers
        .get('cache-control')
        ?.split(',')
        .map((item) => item.trim()),
    ).toContain('no-store');
    expect((await store.get(id)) === undefined).toBe(status === 200);
  });
});
