import { createPrivateKey, createSecretKey } from 'node:crypto';
import { CompactEncrypt, type CryptoKey, exportJWK, exportPKCS8, UnsecuredJWT } from 'jose';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { keyOfClientSecret } from '../../../relying-party/logout-url/client-secret-key.ts';
import {
  LogoutUrl,
  type LogoutUrlOptions,
  SessionNotEndedError,
  type SignOut,
} from '../../../relying-party/logout-url/index.ts';
import { lentKeyPairs } from '../../key-pairs.ts';
import { standingClock } from '../../standing-clock.ts';

const relyingParty = { issuer: 'https://op.example.com', clientId: 'shop' };
const OPTIONS: LogoutUrlOptions = {
  relyingParty,
  postLogoutRedirectUri: 'https://shop.example.com/signed-out?from=op',
  endSessionEndpoint: 'https://op.example.com/logout?p=b2c_1&ui=a+b&state=old',
};
const SECRET = 'a client secret';

standingClock();

const endSession = async () => undefined;
const idTokenOf = (claims: Record<string, unknown> = {}) =>
  new UnsecuredJWT({ iss: relyingParty.issuer, aud: relyingParty.clientId, sub: 'alice', exp: 1, ...claims }).encode();

async function redirectOf(options: Partial<LogoutUrlOptions> = {}, signOut: Partial<SignOut> = {}) {
  const begun = await new LogoutUrl({ ...OPTIONS, ...options }).begin({ endSession, ...signOut });
  if (begun.outcome !== 'redirect') {
    throw begun.error;
  }
  return { ...begun, url: new URL(begun.url) };
}

describe('the session at the relying party', () => {
  it('has ended before the OP is asked for anything', async () => {
    const logoutUrl = new LogoutUrl({
      ...OPTIONS,
      endSessionEndpoint: undefined,
      relyingParty: { issuer: 'http://127.0.0.1:9', clientId: 'shop' },
    });
    const end = vi.fn(endSession);
    expect(await logoutUrl.begin({ endSession: end })).toMatchObject({
      outcome: 'signed_out_here_only',
      error: { code: 'discovery_unavailable' },
    });
    expect(end).toHaveBeenCalledOnce();
  });

  it.each<[string, () => unknown]>([
    ['cannot be ended', () => Promise.reject(new Error('throttled'))],
    [
      'is ended by what throws at once',
      () => {
        throw new Error('throttled');
      },
    ],
    ['is ended by what calls back, and not by a promise', () => undefined],
  ])('that %s makes no redirect', async (_case, end) => {
    const begun: unknown = Reflect.apply(LogoutUrl.prototype.begin, new LogoutUrl(OPTIONS), [{ endSession: end }]);
    const error = await Promise.resolve(begun).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SessionNotEndedError);
    expect(error).toMatchObject({ code: 'session_not_ended', cause: expect.any(Error) });
  });
});

describe('the URL', () => {
  it('has the query of the endpoint, and the parameters of the request once each', async () => {
    const idToken = idTokenOf();
    const { url } = await redirectOf({}, { idToken, logoutHint: 'alice@example.com', uiLocales: 'fr-CA fr en' });
    expect(`${url.origin}${url.pathname}`).toBe('https://op.example.com/logout');
    expect([...url.searchParams].sort()).toEqual([
      ['client_id', 'shop'],
      ['id_token_hint', idToken],
      ['logout_hint', 'alice@example.com'],
      ['p', 'b2c_1'],
      ['post_logout_redirect_uri', 'https://shop.example.com/signed-out?from=op'],
      ['state', expect.stringMatching(/^[\w-]{43}$/)],
      ['ui', 'a b'],
      ['ui_locales', 'fr-CA fr en'],
    ]);
  });

  it('has nothing of what is not given', async () => {
    const { url, idTokenHint } = await redirectOf({ endSessionEndpoint: 'https://op.example.com/logout' });
    expect([...url.searchParams.keys()]).toEqual(['client_id', 'post_logout_redirect_uri', 'state']);
    expect(idTokenHint).toBe('not_given');
  });
});

describe('the ID token', () => {
  it.each<[string, unknown, string]>([
    ['for several audiences is sent', idTokenOf({ aud: ['mail', 'shop'] }), 'sent'],
    ['of another issuer stays here', idTokenOf({ iss: 'https://op.example.com/' }), 'foreign'],
    ['for another client stays here', idTokenOf({ aud: 'mail' }), 'foreign'],
    ['for nobody stays here', idTokenOf({ aud: undefined }), 'foreign'],
    ['that is none stays here', 'opaque', 'malformed'],
    ['whose payload is no JSON stays here', 'e30.e30x.', 'malformed'],
    ['that is no text stays here', 5, 'malformed'],
    ['that is encrypted with no key at hand stays here', 'a.b.c.d.e', 'not_decrypted'],
    ['that is empty is none', '', 'not_given'],
    ['that fits just so is sent', idTokenOf({ pad: 'x'.repeat(5600) }), 'sent'],
    ['that makes the URL too long stays here', idTokenOf({ pad: 'x'.repeat(6000) }), 'too_long'],
  ])('%s', async (_case, idToken, outcome) => {
    const begun: unknown = Reflect.apply(LogoutUrl.prototype.begin, new LogoutUrl(OPTIONS), [{ endSession, idToken }]);
    expect(await begun).toMatchObject({ outcome: 'redirect', idTokenHint: outcome });
    const url = new URL(String(Object(await begun).url));
    expect(url.searchParams.get('id_token_hint')).toBe(outcome === 'sent' ? idToken : null);
    expect(url.href.length).toBeLessThanOrEqual(8000);
    expect(url.searchParams.get('client_id')).toBe('shop');
  });
});

describe('an encrypted ID token', () => {
  const keyPairs = lentKeyPairs();
  const keys = new Map<string, { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey }>();
  beforeAll(async () => {
    for (const alg of ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW']) {
      keys.set(alg, await keyPairs.take(alg));
    }
  });
  afterAll(() => keyPairs.giveBack());

  function pairOf(alg: string) {
    const pair = keys.get(alg);
    if (!pair) {
      throw new Error(`there is no key for ${alg}`);
    }
    return pair;
  }

  const encrypted = (alg: string, enc: string, key: CryptoKey | Uint8Array, text = idTokenOf(), kid?: string) =>
    new CompactEncrypt(new TextEncoder().encode(text))
      .setProtectedHeader({ alg, enc, cty: 'JWT', ...(kid && { kid }) })
      .encrypt(key);

  it.each([
    ['RSA-OAEP', 'A128CBC-HS256'],
    ['RSA-OAEP-256', 'A256GCM'],
    ['ECDH-ES', 'A192CBC-HS384'],
    ['ECDH-ES+A256KW', 'A256CBC-HS512'],
  ])('(%s, %s) goes as the signed one inside, opened with a key of any form', async (alg, enc) => {
    const { publicKey, privateKey } = pairOf(alg);
    const idToken = await encrypted(alg, enc, publicKey);
    const jwk = { kty: '', ...(await exportJWK(privateKey)), alg, key_ops: ['decrypt', 'unwrapKey', 'deriveBits'] };
    const keyObject = createPrivateKey(await exportPKCS8(privateKey));
    for (const decryptionKey of [privateKey, keyObject, jwk, async () => jwk]) {
      const { url, idTokenHint } = await redirectOf({ decryptionKey }, { idToken });
      expect({ idTokenHint, hint: url.searchParams.get('id_token_hint') }).toEqual({
        idTokenHint: 'sent',
        hint: idTokenOf(),
      });
    }
  });

  it('is opened with the key that the function finds for its header', async () => {
    const { publicKey, privateKey } = pairOf('ECDH-ES');
    const idToken = await encrypted('ECDH-ES', 'A256GCM', publicKey, idTokenOf(), 'new');
    const decryptionKey = vi.fn(() => privateKey);
    expect(await redirectOf({ decryptionKey }, { idToken })).toMatchObject({ idTokenHint: 'sent' });
    expect(decryptionKey).toHaveBeenCalledWith({ alg: 'ECDH-ES', kid: 'new' });
  });

  it.each([
    ['dir', 'A128GCM'],
    ['dir', 'A192CBC-HS384'],
    ['dir', 'A256CBC-HS512'],
    ['A128KW', 'A256GCM'],
    ['A256GCMKW', 'A128CBC-HS256'],
  ])('(%s, %s) is opened with the client secret', async (alg, enc) => {
    const key = keyOfClientSecret(SECRET, alg, enc);
    const idToken = await encrypted(alg, enc, key ?? new Uint8Array());
    expect(await redirectOf({ clientSecret: SECRET }, { idToken })).toMatchObject({ idTokenHint: 'sent' });
    expect(await redirectOf({ clientSecret: 'another' }, { idToken })).toMatchObject({ idTokenHint: 'not_decrypted' });
    expect(await redirectOf({}, { idToken })).toMatchObject({ idTokenHint: 'not_decrypted' });
  });

  it.each(['dir', 'A192KW'] as const)('(%s) of oidc-provider is opened with the client secret', async (alg) => {
    const clientSecret = 'a client secret that is long enough to sign with, too';
    const enc = 'A192CBC-HS384';
    const provider = new Provider(relyingParty.issuer, {
      clients: [
        {
          client_id: relyingParty.clientId,
          client_secret: clientSecret,
          redirect_uris: ['https://shop.example.com/callback'],
          id_token_signed_response_alg: 'HS256',
          id_token_encrypted_response_alg: alg,
          id_token_encrypted_response_enc: enc,
        },
      ],
      features: { encryption: { enabled: true } },
      enabledJWA: {
        idTokenSigningAlgValues: ['HS256'],
        idTokenEncryptionAlgValues: [alg],
        idTokenEncryptionEncValues: [enc],
      },
    });
    const client = await provider.Client.find(relyingParty.clientId);
    const token = client && new provider.IdToken({}, { client });
    token?.set('sub', 'alice');
    const idToken = await token?.issue({ use: 'idtoken' });
    expect(idToken?.split('.')).toHaveLength(5);
    expect(await redirectOf({ clientSecret }, { idToken })).toMatchObject({ idTokenHint: 'sent' });
  });

  it.each<[string, () => Promise<string>, Partial<LogoutUrlOptions>, string]>([
    [
      'for another client stays here',
      () => encrypted('ECDH-ES', 'A256GCM', pairOf('ECDH-ES').publicKey, idTokenOf({ aud: 'mail' })),
      {},
      'foreign',
    ],
    [
      'without a token inside stays here',
      () => encrypted('ECDH-ES', 'A256GCM', pairOf('ECDH-ES').publicKey, 'text'),
      {},
      'malformed',
    ],
    [
      'to another key stays here',
      () => encrypted('ECDH-ES', 'A256GCM', pairOf('ECDH-ES+A256KW').publicKey),
      {},
      'not_decrypted',
    ],
    [
      'whose key cannot be found stays here',
      () => encrypted('ECDH-ES', 'A256GCM', pairOf('ECDH-ES').publicKey),
      { decryptionKey: () => undefined },
      'not_decrypted',
    ],
    [
      'whose key fails to be read stays here',
      () => encrypted('ECDH-ES', 'A256GCM', pairOf('ECDH-ES').publicKey),
      { decryptionKey: () => Promise.reject(new Error('down')) },
      'not_decrypted',
    ],
    [
      'with a key that is no private key stays here',
      () => encrypted('ECDH-ES', 'A256GCM', pairOf('ECDH-ES').publicKey),
      { decryptionKey: createSecretKey(Buffer.alloc(32)) },
      'not_decrypted',
    ],
    [
      'with a JWK of another use stays here',
      () => encrypted('ECDH-ES', 'A256GCM', pairOf('ECDH-ES').publicKey),
      { decryptionKey: async () => ({ kty: 'EC', ...(await exportJWK(pairOf('ECDH-ES').privateKey)), use: 'sig' }) },
      'not_decrypted',
    ],
  ])('%s', async (_case, token, options, outcome) => {
    const signOut = { idToken: await token() };
    const { url, idTokenHint } = await redirectOf({ decryptionKey: pairOf('ECDH-ES').privateKey, ...options }, signOut);
    expect(idTokenHint).toBe(outcome);
    expect(url.searchParams.has('id_token_hint')).toBe(false);
  });
});

// OpenID Connect Core 1.0, section 10.2; the values are from `openssl dgst`.
describe('the key of a client secret', () => {
  it.each([
    ['dir', 'A128CBC-HS256', 'd1669310e5ec05c3b86f5e039c1d6fdb63de44693e939464332ad4f4c05b7619'],
    ['A128KW', 'A256GCM', 'd1669310e5ec05c3b86f5e039c1d6fdb'],
    [
      'dir',
      'A192CBC-HS384',
      '550cee206e3b11d4ff010172c4475ed5379440dd5aba4b75a748d9d97d1241925c547d7237e1ee454db14ff6c30838c3',
    ],
    [
      'dir',
      'A256CBC-HS512',
      'd3500693e41ea859d8d7bc05ef1cfdd234ea609e4b1e1e89870f06397b48fd11a2172b290f9f8e851e76d28ba9e205903e5bfd04fb0d954afac1b4828e178a20',
    ],
  ])('for %s and %s is the left part of its hash', (alg, enc, hex) => {
    expect(Buffer.from(keyOfClientSecret(SECRET, alg, enc) ?? []).toString('hex')).toBe(hex);
  });
});

describe('what would make a logout unsafe is refused at once', () => {
  it.each<[string, Partial<Record<keyof LogoutUrlOptions, unknown>>, string]>([
    ['no relying party', { relyingParty: undefined }, 'relyingParty'],
    ['no client id', { relyingParty: { issuer: relyingParty.issuer } }, 'relyingParty.clientId'],
    ['no way back', { postLogoutRedirectUri: undefined }, 'postLogoutRedirectUri'],
    ['a way back by http', { postLogoutRedirectUri: 'http://shop.example.com/' }, 'postLogoutRedirectUri'],
    ['a way back with a fragment', { postLogoutRedirectUri: 'https://shop.example.com/#top' }, 'postLogoutRedirectUri'],
    ['a way back that is a path', { postLogoutRedirectUri: '/signed-out' }, 'postLogoutRedirectUri'],
    ['an endpoint by http', { endSessionEndpoint: 'http://op.example.com/logout' }, 'endSessionEndpoint'],
    ['a decryption key in PEM', { decryptionKey: '-----BEGIN PRIVATE KEY-----' }, 'decryptionKey'],
    ['an empty client secret', { clientSecret: '' }, 'clientSecret'],
    [
      'an issuer by http',
      { endSessionEndpoint: undefined, relyingParty: { issuer: 'http://op.example.com', clientId: 'shop' } },
      'relyingParty.issuer',
    ],
  ])('%s', (_case, options, name) => {
    const construct = () => Reflect.construct(LogoutUrl, [{ ...OPTIONS, ...options }]);
    expect(construct).toThrow(TypeError);
    expect(construct).toThrow(`${name} must be`);
  });
});
