import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import { expect, vi } from 'vitest';
import { readItem } from '../../../receiver/jwks/jwks-cache-table.ts';
import { partitionOf } from '../../../receiver/jwks/jwks-location.ts';
import { ASYMMETRIC_ALGORITHMS } from '../../../receiver/relying-parties/signature-algorithms.ts';
import { type NewSession, SessionStore } from '../../../relying-party/sessions/index.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { type LocalRun, startLocalRun } from '../../local-run.ts';
import { epochSeconds } from '../../logout-token.ts';
import { listen, stopServer } from '../../loopback-server.ts';

/** An issuer, and the local run with a relying party for each way to configure one. */
export interface Deployment {
  readonly op: TestIssuer;
  /** Another name under which `op` signs. */
  readonly alias: string;
  /** Another issuer, which publishes the very keys of `op`. */
  readonly twin: string;
  readonly receiver: LocalRun;
  readonly store: SessionStore;
  /** An RSA key of 1024 bits, which `op` publishes. */
  readonly shortKey: KeyObject;
  /** Of the clients `symmetric` and `short`. */
  readonly secrets: { readonly symmetric: string; readonly short: string };
  /** Of the clients `sealed` and `optionally-sealed`: the public keys to encrypt to, by algorithm. */
  readonly encryptionKeys: Readonly<Record<'sealed' | 'optionally-sealed', Readonly<Record<string, CryptoKey>>>>;
  /** A server that nobody configured, for headers that lead there. */
  readonly stranger: { readonly url: string; readonly requests: readonly string[] };
  signIn(login: Partial<NewSession>): Promise<string>;
  /** A live session at the client: that of an earlier case, where it has not ended. */
  sessionAt(clientId: string): Promise<NamedSession>;
  /** A session of somebody at the client whom no token names. */
  bystanderOf(clientId: string): Promise<string>;
  isAlive(id: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** A session, and what a token that ends it names. */
interface NamedSession {
  readonly id: string;
  readonly sub: string;
  readonly sid: string;
}

export async function startDeployment(): Promise<Deployment> {
  const op = await startIssuer(...ASYMMETRIC_ALGORITHMS);
  const shortKey = await publishOddKeys(op);
  const [sealed, optionallySealed] = await Promise.all([newDecryptionKeys(), newDecryptionKeys()]);
  const { issuer } = op;
  const jwksUri = `${issuer}/jwks`;
  const alias = issuer.replace('127.0.0.1', 'localhost');
  const twin = 'https://twin.example.com';
  const secrets = {
    symmetric: randomBytes(48).toString('base64url'),
    short: randomBytes(31).toString('hex').slice(0, 31),
  };
  const receiver = await startLocalRun(
    [
      { issuer, clientId: 'shop' },
      { issuer, clientId: 'forum' },
      { issuer, clientId: 'strict', profile: 'strict' },
      { issuer, clientId: 'lenient-strict', profile: 'strict', typ: 'optional', requireExp: false },
      { issuer, clientId: 'patient', profile: 'strict', maxTokenAgeSeconds: 3600, replay: 'answer' },
      { issuer, clientId: 'punctual', clockToleranceSeconds: 0, maxTokenAgeSeconds: 300 },
      { issuer, clientId: 'pinned', algorithms: ['ES256'] },
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
      { issuer: twin, clientId: 'twin', jwksUri },
      { issuer: 'http://127.0.0.1:1', clientId: 'unreachable' },
    ],
    {
      secrets: {
        'clients/symmetric': secrets.symmetric,
        'clients/short': secrets.short,
        'keys/sealed': { keys: sealed.privateJwks },
        'keys/optionally-sealed': { keys: optionallySealed.privateJwks },
      },
      maxTokenBytes: 8192,
    },
  );
  const store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  const requests: string[] = [];
  const strangerServer = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end('{"keys":[]}');
  });
  const url = await listen(strangerServer);
  await haveTheLastWord(receiver, op);

  const signIn = async (login: Partial<NewSession>): Promise<string> => {
    const now = epochSeconds();
    const session = { issuer, clientId: 'shop', sub: 'sub', idTokenIssuedAt: now - 7200, expiresAt: now + 3600 };
    return (await store.create({ ...session, data: {}, ...login })).id;
  };
  const isAlive = async (id: string) => (await store.get(id)) !== undefined;
  const sessions = new Map<string, NamedSession>();
  const bystanders = new Map<string, Promise<string>>();

  return {
    op,
    alias,
    twin,
    receiver,
    store,
    shortKey,
    secrets,
    encryptionKeys: { sealed: sealed.publicKeys, 'optionally-sealed': optionallySealed.publicKeys },
    stranger: { url, requests },
    signIn,
    async sessionAt(clientId) {
      const earlier = sessions.get(clientId);
      if (earlier && (await isAlive(earlier.id))) {
        return earlier;
      }
      const named = { sub: randomUUID(), sid: randomUUID() };
      const session = { ...named, id: await signIn({ clientId, ...named }) };
      sessions.set(clientId, session);
      return session;
    },
    bystanderOf(clientId) {
      const bystander = bystanders.get(clientId) ?? signIn({ clientId, sub: randomUUID(), sid: randomUUID() });
      bystanders.set(clientId, bystander);
      return bystander;
    },
    isAlive,
    async stop() {
      await Promise.all([receiver.stop(), op.stop(), stopServer(strangerServer)]);
    },
  };
}

/**
 * Has the keys that the schedule fetches speak for the whole of the run: what does not verify with them is refused, and no
 * case has to wait until the issuer may be asked again.
 */
async function haveTheLastWord({ client, tables }: LocalRun, { location }: TestIssuer): Promise<void> {
  const table = { client, tableName: tables.jwksCache };
  const isFetched = async () => expect((await readItem(table, location)).fetched).toBeDefined();
  await vi.waitFor(isFetched, { timeout: 60_000, interval: 50 });
  await client.send(
    new UpdateCommand({
      TableName: table.tableName,
      Key: { pk: partitionOf(location) },
      UpdateExpression: 'SET asOf = :inAnHour, fetchedAt = fetchedAt + :moment',
      ExpressionAttributeValues: { ':inAnHour': Date.now() / 1000 + 3600, ':moment': 0.001 },
    }),
  );
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

async function newDecryptionKeys() {
  const privateJwks: JWK[] = [];
  const publicKeys: Record<string, CryptoKey> = {};
  for (const alg of ['RSA-OAEP-256', 'ECDH-ES']) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    privateJwks.push({ ...(await exportJWK(privateKey)), alg, use: 'enc', kid: alg });
    publicKeys[alg] = publicKey;
  }
  return { privateJwks, publicKeys };
}
