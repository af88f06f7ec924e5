import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, type JWK } from 'jose';
import { ASYMMETRIC_ALGORITHMS } from '../../../receiver/relying-parties/signature-algorithms.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { type LentKeyPairs, lentKeyPairs } from '../../key-pairs.ts';
import { listen, stopServer } from '../../loopback-server.ts';

/** Whom the cases are about: an issuer, and a relying party for each way to configure one. */
export interface Parties {
  readonly op: TestIssuer;
  /** Another name under which `op` signs. */
  readonly alias: string;
  /** Another issuer, which publishes the very keys of `op`. */
  readonly twin: string;
  /** An RSA key of 1024 bits, which `op` publishes. */
  readonly shortKey: KeyObject;
  /** Of the clients `symmetric` and `short`. */
  readonly secrets: { readonly symmetric: string; readonly short: string };
  /** Of the clients `sealed` and `optionally-sealed`: the public keys to encrypt to, by algorithm. */
  readonly encryptionKeys: Readonly<Record<'sealed' | 'optionally-sealed', Readonly<Record<string, CryptoKey>>>>;
  /** A server that nobody configured, for headers that lead there. */
  readonly stranger: { readonly url: string; readonly requests: readonly string[] };
  stop(): Promise<void>;
}

/** How the receiver is configured for them. */
export interface ConfiguredParties extends Parties {
  readonly relyingParties: readonly Record<string, unknown>[];
  /** What their `secretId`s name. */
  readonly secretValues: Readonly<Record<string, string | { readonly keys: readonly JWK[] }>>;
  readonly maxTokenBytes: number;
}

export async function startParties(): Promise<ConfiguredParties> {
  const keyPairs = lentKeyPairs();
  const op = await startIssuer(...ASYMMETRIC_ALGORITHMS);
  const shortKey = await publishOddKeys(op);
  const [sealed, optionallySealed] = await Promise.all([newDecryptionKeys(keyPairs), newDecryptionKeys(keyPairs)]);
  const { issuer } = op;
  const alias = issuer.replace('127.0.0.1', 'localhost');
  const twin = 'https://twin.example.com';
  const secrets = {
    symmetric: randomBytes(48).toString('base64url'),
    short: randomBytes(31).toString('hex').slice(0, 31),
  };
  const requests: string[] = [];
  const strangerServer = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end('{"keys":[]}');
  });
  const url = await listen(strangerServer);
  return {
    op,
    alias,
    twin,
    shortKey,
    secrets,
    encryptionKeys: { sealed: sealed.publicKeys, 'optionally-sealed': optionallySealed.publicKeys },
    stranger: { url, requests },
    relyingParties: [
      { issuer, clientId: 'shop' },
      { issuer, clientId: 'forum' },
      { issuer, clientId: 'strict', profile: 'strict' },
      { issuer, clientId: 'lenient-strict', profile: 'strict', typ: 'optional', requireExp: false },
      { issuer, clientId: 'patient', profile: 'strict', maxTokenAgeSeconds: 3600, replay: 'answer' },
      { issuer, clientId: 'punctual', clockToleranceSeconds: 0, maxTokenAgeSeconds: 300 },
      { issuer, clientId: 'pinned', algorithms: ['ES256'] },
      { issuer, clientId: 'certified', algorithms: ['RS256'] },
      { issuer, clientId: 'trusting', trustedAudiences: ['https://api.example.com'] },
      { issuer, clientId: 'aliased', issuerAliases: [alias] },
      {
        issuer,
        clientId: 'symmetric',
        algorithms: ['HS256', 'HS384', 'HS512', 'RS256'],
        clientSecret: { secretId: 'clients/symmetric' },
      },
      { issuer, clientId: 'short', algorithms: ['HS256'], clientSecret: { secretId: 'clients/short' } },
      { issuer, clientId: 'sealed', decryptionKeys: { secretId: 'keys/sealed' }, requireEncryption: true },
      { issuer, clientId: 'strict-sealed', profile: 'strict', decryptionKeys: { secretId: 'keys/sealed' } },
      { issuer, clientId: 'optionally-sealed', decryptionKeys: { secretId: 'keys/optionally-sealed' } },
      { issuer: twin, clientId: 'twin', jwksUri: `${issuer}/jwks` },
      { issuer: 'http://127.0.0.1:1', clientId: 'unreachable' },
    ],
    secretValues: {
      'clients/symmetric': secrets.symmetric,
      'clients/short': secrets.short,
      'keys/sealed': { keys: sealed.privateJwks },
      'keys/optionally-sealed': { keys: optionallySealed.privateJwks },
    },
    maxTokenBytes: 8192,
    async stop() {
      await Promise.all([op.stop(), stopServer(strangerServer)]);
      keyPairs.giveBack();
    },
  };
}

/** @returns the private key of the one that is too short */
async function publishOddKeys(op: TestIssuer): Promise<KeyObject> {
  await op.addKey('ES512', 'twice');
  await op.addKey('ES512', 'twice');
  for (const kid of ['plain', 'for-encryption', 'for-other-operations']) {
    await op.addKey('RS256', kid);
  }
  const odd: Record<string, JWK> = {
    plain: { alg: undefined, use: undefined },
    'for-encryption': { use: 'enc' },
    'for-other-operations': { use: undefined, key_ops: ['encrypt'] },
  };
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  op.published = op.published.map((jwk) => ({ ...jwk, ...odd[jwk.kid ?? ''] }));
  op.published.push({ ...publicKey.export({ format: 'jwk' }), kty: 'RSA', kid: 'too-short' });
  return privateKey;
}

async function newDecryptionKeys(keyPairs: LentKeyPairs) {
  const privateJwks: JWK[] = [];
  const publicKeys: Record<string, CryptoKey> = {};
  for (const alg of ['RSA-OAEP-256', 'ECDH-ES']) {
    const { publicKey, privateKey } = await keyPairs.take(alg);
    privateJwks.push({ ...(await exportJWK(privateKey)), alg, use: 'enc', kid: alg });
    publicKeys[alg] = publicKey;
  }
  return { privateJwks, publicKeys };
}
