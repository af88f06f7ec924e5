import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type DecryptionKey,
  discovery,
  enableDecryptingResponses,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { NewSession } from '../../relying-party/sessions/index.ts';
import { listen, stopServer } from '../loopback-server.ts';

/** How the OP makes the tokens for a client. */
export interface TokenSettings {
  readonly clientSecret: string;
  readonly signedResponseAlg: 'RS256' | 'HS256';
  /** @default - ID tokens are not encrypted */
  readonly decryption?: { readonly key: DecryptionKey; readonly enc: string };
}

/** Where the relying party keeps its sessions: what it hands out as `id` is all that the browser keeps. */
export interface Sessions {
  create(login: NewSession): Promise<{ readonly id: string }>;
  get(id: string): Promise<{ readonly sub: string } | undefined>;
}

export interface RelyingParty {
  readonly url: string;
  readonly clientId: string;
  stop(): Promise<void>;
}

/**
 * A small relying party: `/login` sends the browser to the OP, `/callback` creates a session from the ID token, and `/`
 * says who is signed in.
 */
export async function startRelyingParty(
  issuer: string,
  clientId: string,
  store: Sessions,
  { clientSecret, signedResponseAlg, decryption }: TokenSettings,
): Promise<RelyingParty> {
  const cookieName = `session-of-${clientId}`;
  const logins = new Map<string, string>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  const url = await listen(server);
  const redirectUri = `${url}/callback`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', url);
    if (target.pathname === '/login') {
      response.writeHead(302, { location: await authorizationUrl() }).end();
    } else if (target.pathname === '/callback') {
      const id = await signIn(target);
      response.writeHead(302, { location: '/', 'set-cookie': `${cookieName}=${id}; Path=/; HttpOnly` }).end();
    } else {
      const id = new RegExp(`${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
      const session = id && (await store.get(id));
      response.end(session ? `signed in as ${session.sub}` : 'anonymous');
    }
  }

  async function client() {
    const metadata = { client_secret: clientSecret, id_token_signed_response_alg: signedResponseAlg };
    const configuration = await discovery(new URL(issuer), clientId, metadata, undefined, {
      execute: [allowInsecureRequests],
    });
    if (decryption) {
      enableDecryptingResponses(configuration, [decryption.enc], decryption.key);
    }
    return configuration;
  }

  async function authorizationUrl(): Promise<string> {
    const state = randomState();
    const verifier = randomPKCECodeVerifier();
    logins.set(state, verifier);
    return buildAuthorizationUrl(await client(), {
      redirect_uri: redirectUri,
      scope: 'openid',
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).href;
  }

  async function signIn(callback: URL): Promise<string> {
    const state = callback.searchParams.get('state') ?? '';
    const tokens = await authorizationCodeGrant(await client(), callback, {
      expectedState: state,
      pkceCodeVerifier: logins.get(state) ?? '',
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) {
      throw new Error('the OP sent no ID token');
    }
    const { id } = await store.create({
      issuer: claims.iss,
      clientId,
      sub: claims.sub,
      sid: typeof claims.sid === 'string' ? claims.sid : undefined,
      idTokenIssuedAt: claims.iat,
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
      data: {},
    });
    return id;
  }

  return {
    url,
    clientId,
    stop: () => stopServer(server),
  };
}
