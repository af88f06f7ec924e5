import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { NewSession } from '../../relying-party/sessions/index.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { OpenidLogin, type TokenSettings } from './openid-login.ts';

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
  settings: TokenSettings,
): Promise<RelyingParty> {
  const cookieName = `session-of-${clientId}`;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  const url = await listen(server);
  const openidLogin = new OpenidLogin(issuer, clientId, `${url}/callback`, settings);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? '/', url);
    if (target.pathname === '/login') {
      response.writeHead(302, { location: await openidLogin.authorizationUrl() }).end();
    } else if (target.pathname === '/callback') {
      const id = await signIn(target);
      response.writeHead(302, { location: '/', 'set-cookie': `${cookieName}=${id}; Path=/; HttpOnly` }).end();
    } else {
      const id = new RegExp(`${cookieName}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
      const session = id && (await store.get(id));
      response.end(session ? `signed in as ${session.sub}` : 'anonymous');
    }
  }

  async function signIn(callback: URL): Promise<string> {
    const { idToken: _idToken, ...login } = await openidLogin.loginFrom(callback);
    const expiresAt = Math.floor(Date.now() / 1000) + 3600;
    const { id } = await store.create({ ...login, clientId, expiresAt, data: {} });
    return id;
  }

  return {
    url,
    clientId,
    stop: () => stopServer(server),
  };
}
