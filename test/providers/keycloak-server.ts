import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { downloadDirectory, runThere } from './downloads.ts';
import type { Provider } from './provider.ts';
import { startServerProcess } from './server-process.ts';

const VERSION = '26.7.3';
const REALM = 'guide';
const USER = { username: 'carol', password: randomUUID() };
const ADMINISTRATOR = { username: 'admin', password: randomUUID() };

/** Starts Keycloak from Maven Central, with its database in memory, until the test is over. */
export async function startKeycloak(): Promise<Provider> {
  const [, url = ''] = await startServerProcess(
    [join(fetched(), 'bin/kc.sh'), 'start-dev', '--db=dev-mem', '--http-host=127.0.0.1', '--http-port=0'],
    /Listening on: (http:\/\/127\.0\.0\.1:\d+)/,
    { KC_BOOTSTRAP_ADMIN_USERNAME: ADMINISTRATOR.username, KC_BOOTSTRAP_ADMIN_PASSWORD: ADMINISTRATOR.password },
  );
  const issuer = `${url}/realms/${REALM}`;

  async function administer(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await administratorToken(url)}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) {
      throw new Error(`Keycloak answers ${method} ${path} with ${response.status}: ${await response.text()}`);
    }
  }

  return {
    release: `Keycloak ${VERSION}`,
    issuer,
    register: async (client) =>
      await administer('POST', '', {
        realm: REALM,
        enabled: true,
        users: [
          {
            username: USER.username,
            enabled: true,
            email: 'carol@example.com',
            firstName: 'Carol',
            lastName: 'Example',
            credentials: [{ type: 'password', value: USER.password }],
          },
        ],
        clients: [
          {
            clientId: client.clientId,
            secret: client.clientSecret,
            redirectUris: [client.redirectUri],
            frontchannelLogout: false,
            attributes: {
              'backchannel.logout.url': client.backchannelLogoutUri,
              'backchannel.logout.session.required': 'true',
            },
          },
        ],
      }),
    async signIn(browser, loginUrl) {
      const form = await browser.open(loginUrl);
      return (await browser.submit(form, USER)).text;
    },
    async signOut(browser) {
      const confirmation = await browser.open(`${issuer}/protocol/openid-connect/logout`);
      await browser.submit(confirmation, { confirmLogout: 'Logout' });
    },
    // What the button "Sign out all active sessions" does.
    endInSilence: async () => await administer('POST', `/${REALM}/logout-all`),
  };
}

/** @returns the directory of the distribution */
function fetched(): string {
  const directory = downloadDirectory(`keycloak-${VERSION}`);
  const home = join(directory, `keycloak-${VERSION}`);
  if (!existsSync(home)) {
    const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${VERSION}:tar.gz`;
    runThere(directory, 'mvn', '-B', '-q', 'dependency:copy', artifact, `-DoutputDirectory=${directory}`);
    runThere(directory, 'tar', '-xzf', `keycloak-quarkus-dist-${VERSION}.tar.gz`);
  }
  return home;
}

async function administratorToken(url: string): Promise<string> {
  const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...ADMINISTRATOR }),
  });
  return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
}
