import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogoutCheck, SessionStore } from '../../relying-party/sessions/index.ts';
import { lentKeyPairs } from '../key-pairs.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { openBrowser } from './browser.ts';
import { openSession, sealSession } from './cookie-session.ts';
import type { TokenSettings } from './openid-login.ts';
import { type OpenidProvider, reserveOpenidProvider } from './openid-provider.ts';
import { type RelyingParty, type Sessions, startRelyingParty } from './relying-party.ts';
import { nextSecond, signIn, signOutAtOp, whoIsAt } from './signing.ts';

const PLAIN: TokenSettings = { clientSecret: 'a secret', signedResponseAlg: 'RS256' };
const SYMMETRIC: TokenSettings = { clientSecret: randomBytes(48).toString('base64url'), signedResponseAlg: 'HS256' };
const ENCRYPTIONS = [
  { alg: 'RSA-OAEP-256', enc: 'A256GCM' },
  { alg: 'ECDH-ES', enc: 'A128CBC-HS256' },
] as const;

/** In every name: long enough not to stand in the log by chance, in a `jti` for example. */
const MARK = randomUUID();
const [CAROL, DAVE] = [`carol ${MARK}`, `dave ${MARK}`];

let op: OpenidProvider;
let receiver: LocalRun;
const relyingParties = new Map<string, RelyingParty>();

beforeAll(async () => {
  op = await reserveOpenidProvider();
  const { issuer } = op;
  const encryptions = await Promise.all(ENCRYPTIONS.map(newEncryption));
  receiver = await startLocalRun(
    [
      { issuer, clientId: 'shop', algorithms: ['RS256'] },
      { issuer, clientId: 'forum', algorithms: ['RS256'], profile: 'strict' },
      { issuer, clientId: 'stateless', algorithms: ['RS256'] },
      { issuer, clientId: 'symmetric', algorithms: ['HS256'], clientSecret: { secretId: 'symmetric' } },
      ...encryptions.map(({ alg }) => ({
        issuer,
        clientId: alg,
        profile: 'strict',
        decryptionKeys: { secretId: `keys/${alg}` },
      })),
    ],
    {
      secrets: {
        symmetric: SYMMETRIC.clientSecret,
        ...Object.fromEntries(encryptions.map(({ alg, privateJwk }) => [`keys/${alg}`, { keys: [privateJwk] }])),
      },
    },
  );
  const store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  const clientOf = async (clientId: string, settings: TokenSettings, sessions: Sessions = store) => {
    const relyingParty = await startRelyingParty(issuer, clientId, sessions, settings);
    relyingParties.set(clientId, relyingParty);
    return {
      client_id: clientId,
      client_secret: settings.clientSecret,
      redirect_uris: [`${relyingParty.url}/callback`],
      backchannel_logout_uri: receiver.endpoint,
      id_token_signed_response_alg: settings.signedResponseAlg,
    };
  };
  // Two want a sid in their tokens; the others get oidc-provider's default, which is a sub alone.
  await op.open(
    { ...(await clientOf('shop', PLAIN)), backchannel_logout_session_required: true },
    {
      ...(await clientOf('stateless', PLAIN, inCookies(issuer, 'stateless', store))),
      backchannel_logout_session_required: true,
    },
    await clientOf('forum', PLAIN),
    await clientOf('symmetric', SYMMETRIC),
    ...(await Promise.all(
      encryptions.map(async ({ alg, enc, decryption, publicJwk }) => ({
        ...(await clientOf(alg, { ...PLAIN, decryption })),
        id_token_encrypted_response_alg: alg,
        id_token_encrypted_response_enc: enc,
        jwks: { keys: [publicJwk] },
      })),
    )),
  );
  // The local run has asked for its keys before it was open.
  await receiver.forgetKeys(op.issuer);
});

afterAll(async () => {
  await Promise.all([receiver, ...relyingParties.values()].map((part) => part.stop()));
  await op.stop();
});

/** Sessions in encrypted cookies, which nothing but the check for logouts looks up. */
function inCookies(issuer: string, clientId: string, store: SessionStore): Sessions {
  const check = new LogoutCheck({ store });
  const key = randomBytes(32);
  return {
    create: async ({ sub, sid, idTokenIssuedAt }) => ({
      id: await sealSession({ issuer, clientId, sub, sid, idTokenIssuedAt }, key),
    }),
    get: (cookie) => openSession(cookie, key, check),
  };
}

async function newEncryption({ alg, enc }: (typeof ENCRYPTIONS)[number]) {
  const { publicKey, privateKey } = await lentKeyPairs().take(alg);
  const common = { alg, use: 'enc', kid: alg };
  return {
    alg,
    enc,
    decryption: { key: { key: privateKey, alg, kid: alg }, enc },
    privateJwk: { ...(await exportJWK(privateKey)), ...common },
    publicJwk: { ...(await exportJWK(publicKey)), ...common },
  };
}

function party(clientId: string): RelyingParty {
  const relyingParty = relyingParties.get(clientId);
  if (!relyingParty) {
    throw new Error(`there is no relying party ${clientId}`);
  }
  return relyingParty;
}

describe('a user signs out at the OP', () => {
  it.each([
    ['by sid', 'shop'],
    ['by sub, judged by the strict profile', 'forum'],
    ['signed with the client secret', 'symmetric'],
    ['encrypted with RSA-OAEP-256', 'RSA-OAEP-256'],
    ['encrypted with ECDH-ES', 'ECDH-ES'],
  ])('and the OP’s own logout request ends the session (%s), and nobody else’s', async (how, clientId) => {
    const relyingParty = party(clientId);
    const [alice, bob] = [openBrowser(), openBrowser()];
    const [aliceName, bobName] = [`alice ${how} ${MARK}`, `bob ${how} ${MARK}`];
    await signIn(alice, aliceName, relyingParty);
    await signIn(bob, bobName, relyingParty);
    const answersBefore = op.logoutAnswers.length;

    await signOutAtOp(alice, op);

    expect(op.logoutAnswers.slice(answersBefore)).toEqual([200]);
    expect(await whoIsAt(alice, relyingParty)).toBe('anonymous');
    expect(await whoIsAt(bob, relyingParty)).toBe(`signed in as ${bobName}`);
  });

  it('on one device: by sid the other device stays signed in, by sub it does not', async () => {
    const [phone, laptop] = [openBrowser(), openBrowser()];
    for (const device of [phone, laptop]) {
      await signIn(device, CAROL, party('shop'));
      await signIn(device, CAROL, party('forum'));
    }
    await signOutAtOp(phone, op);
    expect(await whoIsAt(phone, party('shop'))).toBe('anonymous');
    expect(await whoIsAt(laptop, party('shop'))).toBe(`signed in as ${CAROL}`);
    expect(await whoIsAt(laptop, party('forum'))).toBe('anonymous');
  });

  it('and can sign in again at once', async () => {
    const dave = openBrowser();
    await signIn(dave, DAVE, party('shop'));
    await signOutAtOp(dave, op);
    await nextSecond();
    await signIn(dave, DAVE, party('shop'));
    expect(await whoIsAt(dave, party('shop'))).toBe(`signed in as ${DAVE}`);
  });
});

describe('a session in an encrypted cookie', () => {
  it('ends when the user signs out at the OP, and nobody else’s', async () => {
    const stateless = party('stateless');
    const [alice, bob] = [openBrowser(), openBrowser()];
    const [aliceName, bobName] = [`alice stateless ${MARK}`, `bob stateless ${MARK}`];
    await signIn(alice, aliceName, stateless);
    await signIn(bob, bobName, stateless);

    await signOutAtOp(alice, op);

    expect(await whoIsAt(alice, stateless)).toBe('anonymous');
    expect(await whoIsAt(bob, stateless)).toBe(`signed in as ${bobName}`);
    await nextSecond();
    await signIn(alice, aliceName, stateless);
  });

  it('is what the document shows', () => {
    const [document = '', code = ''] = ['../../docs/sessions.md', 'cookie-session.ts'].map((file) =>
      readFileSync(new URL(file, import.meta.url), 'utf8'),
    );
    expect(document).toContain(code.replace('../../relying-party/sessions/index.ts', 'logout-receiver/sessions'));
  });
});

it('nothing of tokens, subs or session ids stands in the log', () => {
  expect(receiver.log()).toContain('logout_accepted');
  expect(receiver.log()).not.toContain(MARK);
  expect(receiver.log()).not.toMatch(/eyJ[\w-]{30}/);
});
