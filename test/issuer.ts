import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { CompactSign, type CryptoKey, exportJWK, type JWK } from 'jose';
import type { JwksLocation } from '../receiver/jwks/jwks-location.ts';
import { lentKeyPairs } from './key-pairs.ts';
import { listen, stopServer } from './loopback-server.ts';

/** An issuer on loopback that publishes discovery document and JWKS, and signs whatever a test asks for. */
export interface TestIssuer {
  readonly issuer: string;
  /** Where a relying party without further settings looks for its keys. */
  readonly location: JwksLocation;
  /** Requests so far, by path. */
  readonly requests: Map<string, number>;
  /** Headers of the last request for the JWKS. */
  readonly requestHeaders: IncomingHttpHeaders;
  /** Public keys that it publishes now. */
  published: JWK[];
  /** Where set, answers in place of the JWKS. */
  answerJwks: ((response: ServerResponse) => void) | undefined;
  /** Where set, answers in place of the discovery document. */
  answerDiscovery: ((response: ServerResponse) => void) | undefined;
  /** Where set, replaces members of the discovery document. */
  discovery: Record<string, unknown>;
  /** Of its answers. */
  headers: Record<string, string>;
  /** Whether it gives its JWKS an ETag, and answers 304 to who has it. */
  hasEtag: boolean;
  /** Answers 304 so far. */
  notModified: number;
  /** Signs claims as they are, with the key of the `kid`, or of the algorithm. */
  sign(claims: object | string, header?: JoseHeader): Promise<string>;
  /** Makes another key pair and publishes it beside the others, unless told not to. */
  addKey(alg: string, kid?: string, isPublished?: boolean): Promise<void>;
  stop(): Promise<void>;
}

export type JoseHeader = Readonly<Record<string, unknown>>;

/** Starts an issuer with a key for each algorithm; the kid is the algorithm in lower case. */
export async function startIssuer(...algorithms: string[]): Promise<TestIssuer> {
  const keyPairs = lentKeyPairs();
  const privateKeys = new Map<string, CryptoKey>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    issuer.requests.set(path, (issuer.requests.get(path) ?? 0) + 1);
    if (path === '/.well-known/openid-configuration') {
      const document = { issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks`, ...issuer.discovery };
      (issuer.answerDiscovery ?? answer(JSON.stringify(document)))(response);
    } else {
      Object.assign(issuer, { requestHeaders: request.headers });
      (issuer.answerJwks ?? answer(JSON.stringify({ keys: issuer.published }), request.headers['if-none-match']))(
        response,
      );
    }
  });
  const answer = (body: string, ifNoneMatch?: string) => (response: ServerResponse) => {
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    const isKnown = issuer.hasEtag && ifNoneMatch === etag;
    issuer.notModified += Number(isKnown);
    response.writeHead(isKnown ? 304 : 200, {
      'content-type': 'application/json',
      ...(issuer.hasEtag && { etag }),
      ...issuer.headers,
    });
    response.end(isKnown ? undefined : body);
  };
  const url = await listen(server);

  const issuer: TestIssuer = {
    issuer: url,
    location: { issuer: url, allowPrivateAddresses: false, jwksMaxStaleSeconds: 86_400 },
    requests: new Map(),
    requestHeaders: {},
    published: [],
    answerJwks: undefined,
    answerDiscovery: undefined,
    discovery: {},
    headers: {},
    hasEtag: false,
    notModified: 0,
    async sign(claims, header = {}) {
      const { alg = 'RS256', ...rest } = header;
      const kid = Object.hasOwn(rest, 'kid') ? rest.kid : String(alg).toLowerCase();
      const key = privateKeys.get(String(kid ?? String(alg).toLowerCase()));
      if (!key) {
        throw new Error(`the issuer has no key ${kid}`);
      }
      return await signedToken(claims, { ...rest, alg: String(alg), kid }, key);
    },
    async addKey(alg, kid = alg.toLowerCase(), isPublished = true) {
      const { publicKey, privateKey } = await keyPairs.take(alg);
      privateKeys.set(kid, privateKey);
      if (isPublished) {
        issuer.published.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
      }
    },
    async stop() {
      await stopServer(server);
      keyPairs.giveBack();
    },
  };
  await Promise.all(algorithms.map((alg) => issuer.addKey(alg)));
  return issuer;
}

/**
 * Signs claims as they are: JSON text where they are a text.
 *
 * @param key a private key, or the octets of a secret
 */
export async function signedToken(
  claims: object | string,
  header: JoseHeader & { readonly alg: string },
  key: CryptoKey | Uint8Array,
): Promise<string> {
  const payload = typeof claims === 'string' ? claims : JSON.stringify(claims);
  const given = Object.fromEntries(Object.entries(header).filter(([, value]) => value !== undefined));
  return await new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ ...given, alg: header.alg })
    .sign(key, { crit: { 'urn:example:unknown': true } });
}
