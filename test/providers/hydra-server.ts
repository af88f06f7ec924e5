import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { exportJWK } from 'jose';
import { onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { listeningPort } from '../../local/loopback/listening-port.ts';
import { lentKeyPairs } from '../key-pairs.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { downloadDirectory, runThere } from './downloads.ts';
import type { Provider } from './provider.ts';
import { startServerProcess } from './server-process.ts';

const VERSION = '2.3.0';
const MODULE = 'github.com/ory/hydra/v2';
/** Hydra's own go.mod replaces this one, which counts only where Hydra is the main module. */
const REPLACED = 'github.com/gobuffalo/pop/v6=github.com/ory/pop/v6@v6.2.1-0.20241121111754-e5dfc0f3344b';
const SUBJECT = 'carol';

/** Of Hydra's challenges. */
const Kind = z.enum(['login', 'consent', 'logout']);
/** What the pages answer to each: all is granted to the one user. */
const ACCEPTED = {
  login: { subject: SUBJECT, remember: true, remember_for: 3600 },
  consent: { grant_scope: ['openid'] },
  logout: {},
};

/** Starts Ory Hydra from the Go module proxy, with its database in memory, until the test is over. */
export async function startHydra(): Promise<Provider> {
  const program = built();
  const [publicPort, adminPort] = await freePorts();
  const [issuer, admin] = [`http://127.0.0.1:${publicPort}`, `http://127.0.0.1:${adminPort}/admin`];
  const pages = await startPages(admin);
  await startServerProcess([program, 'serve', 'all', '--dev'], /(Setting up http server on .*){2}/s, {
    DSN: 'memory',
    SECRETS_SYSTEM: randomUUID(),
    SERVE_PUBLIC_HOST: '127.0.0.1',
    SERVE_PUBLIC_PORT: `${publicPort}`,
    SERVE_ADMIN_HOST: '127.0.0.1',
    SERVE_ADMIN_PORT: `${adminPort}`,
    URLS_SELF_ISSUER: issuer,
    URLS_LOGIN: `${pages}/login`,
    URLS_CONSENT: `${pages}/consent`,
    URLS_LOGOUT: `${pages}/logout`,
    URLS_POST_LOGOUT_REDIRECT: `${pages}/`,
    SQA_OPT_OUT: 'true',
  });
  await setKeys(admin);
  return {
    release: `Hydra ${VERSION}`,
    issuer,
    async register(client) {
      await call(admin, 'POST', '/clients', {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [client.redirectUri],
        scope: 'openid',
        token_endpoint_auth_method: 'client_secret_post',
        backchannel_logout_uri: client.backchannelLogoutUri,
        backchannel_logout_session_required: true,
      });
    },
    // The pages ask nothing of the user.
    signIn: async (browser, loginUrl) => (await browser.open(loginUrl)).text,
    async signOut(browser) {
      await browser.open(`${issuer}/oauth2/sessions/logout`);
    },
    async endInSilence() {
      await call(admin, 'DELETE', `/oauth2/auth/sessions/login?subject=${SUBJECT}`);
    },
  };
}

/** Starts the pages to which Hydra sends users for login, consent and logout. @returns their address */
async function startPages(admin: string): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
    const kind = Kind.safeParse(pathname.slice(1));
    if (!kind.success) {
      response.end('signed out');
      return;
    }
    const challenge = searchParams.get(`${kind.data}_challenge`) ?? '';
    accept(admin, kind.data, challenge).then(
      (location) => response.writeHead(302, { location }).end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  onTestFinished(() => stopServer(server));
  return await listen(server);
}

/** @returns where the browser goes then */
async function accept(admin: string, kind: z.infer<typeof Kind>, challenge: string): Promise<string> {
  const query = new URLSearchParams({ [`${kind}_challenge`]: challenge });
  const answer = await call(admin, 'PUT', `/oauth2/auth/requests/${kind}/accept?${query}`, ACCEPTED[kind]);
  return z.object({ redirect_to: z.string() }).parse(answer).redirect_to;
}

async function call(admin: string, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${admin}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`Hydra answers ${method} ${path} with ${response.status}: ${text}`);
  }
  return text === '' ? undefined : JSON.parse(text);
}

/** Left to itself, Hydra makes RSA keys of 4096 bits within the first request for them, and fails it when that takes long. */
async function setKeys(admin: string): Promise<void> {
  const { privateKey } = await lentKeyPairs().take('RS256');
  for (const set of ['hydra.openid.id-token', 'hydra.jwt.access-token']) {
    const key = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'RS256', use: 'sig' };
    await call(admin, 'PUT', `/keys/${set}`, { keys: [key] });
  }
}

/** @returns two ports that were free a moment ago: Hydra's issuer must be known before it starts */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  await Promise.all(servers.map(listen));
  const ports: [number, number] = [listeningPort(servers[0]), listeningPort(servers[1])];
  await Promise.all(servers.map(stopServer));
  return ports;
}

/** @returns the program */
function built(): string {
  const directory = downloadDirectory(`hydra-${VERSION}`);
  const program = join(directory, 'hydra');
  if (!existsSync(program)) {
    const go = (...args: string[]) => runThere(directory, 'go', ...args);
    if (!existsSync(join(directory, 'go.mod'))) {
      go('mod', 'init', 'hydra-of-the-module-proxy');
    }
    go('mod', 'edit', `-replace=${REPLACED}`);
    go('get', '-tool', `${MODULE}@v${VERSION}`);
    // Its database in memory is SQLite.
    go('build', '-tags', 'sqlite', '-o', program, MODULE);
  }
  return program;
}
