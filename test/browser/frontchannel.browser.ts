import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { hasNoBrowser, launchProfile } from './chromium.ts';
import { type StartedRun, startRun } from './started-run.ts';

// With /v2.0 and a tenant, as those of Microsoft Entra ID.
const ISSUER = 'https://login.op.example.com/8eaef023-2b34-4da1-9baa-8bc8c9d6a490/v2.0';
const SHOP = { issuer: ISSUER, clientId: 'shop' };

describe.skipIf(hasNoBrowser)('an OP that frames the front-channel logout of its relying parties', () => {
  const directory = mkdtempSync(join(tmpdir(), 'frontchannel-'));
  let run: StartedRun;
  let store: SessionStore;
  let endpoint: URL;
  /** At the host of the receiver: tells which cookies come with a frame. */
  let cookies: { readonly url: string; readonly seen: (string | undefined)[]; readonly server: Server };

  beforeAll(async () => {
    const file = join(directory, 'relying-parties.json');
    const relyingParties = [
      { ...SHOP, algorithms: ['RS256'], frontchannelLogout: true },
      { ...SHOP, clientId: 'forum', algorithms: ['RS256'] },
    ];
    writeFileSync(file, JSON.stringify({ relyingParties }));
    [run, cookies] = await Promise.all([
      startRun(['--relying-parties', file, '--frontchannel-logout', '--watch']),
      startCookieServer(),
    ]);
    store = new SessionStore({ client: run.client, tableName: run.tables.sessions });
    endpoint = new URL(String(run.frontchannelEndpoint));
  });
  afterAll(async () => {
    await Promise.all([run?.stop(), cookies && stopServer(cookies.server)]);
    rmSync(directory, { recursive: true });
  });

  const signIn = async (clientId: string, sid: string) => {
    const now = epochSeconds();
    const login = { issuer: ISSUER, clientId, sub: 'alice', sid, idTokenIssuedAt: now - 60 };
    return await store.create({ ...login, expiresAt: now + 3600, data: {} });
  };

  /** The OP's page of a sign-out, on a site of its own. @returns its address */
  const startOp = async (...frames: string[]) => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(frames.map((src) => `<iframe src="${src.replaceAll('&', '&amp;')}"></iframe>`).join(''));
    });
    const { port } = new URL(await listen(server));
    onTestFinished(() => stopServer(server));
    return `http://op.localhost:${port}/`;
  };

  test.each<[string, boolean, string | undefined]>([
    ['blocks third-party cookies', true, undefined],
    ['still sends them', false, 'probe=1'],
  ])('ends the session of a user whose browser %s', async (_case, blocksThirdPartyCookies, cookie) => {
    const profile = mkdtempSync(join(directory, 'profile-'));
    const browser = await launchProfile(profile, { blocksThirdPartyCookies });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const problems = problemsOf(page);
    // First-party, and for all ports of that host.
    await page.goto(`${cookies.url}/set`);
    const sid = randomUUID();
    const [shop, forum, other] = [
      await signIn('shop', sid),
      await signIn('forum', sid),
      await signIn('shop', randomUUID()),
    ];

    // As registered at Microsoft Entra ID: with the iss in the query, which the specification has the OP retain.
    const registered = `${endpoint}?${new URLSearchParams({ iss: ISSUER })}`;
    cookies.seen.length = 0;
    await page.goto(await startOp(`${cookies.url}/seen`, `${registered}&sid=${sid}`));

    expect(cookies.seen).toEqual([cookie]);
    const frame = page.frames().find((each) => each.url().startsWith(`${endpoint}`));
    expect(await frame?.title()).toBe('Logout');
    expect(problems).toEqual([]);
    expect(await store.get(shop.id)).toBeUndefined();
    expect([await store.get(forum.id), await store.get(other.id)]).toMatchObject([
      { clientId: 'forum' },
      { clientId: 'shop' },
    ]);
    await expect(signIn('shop', sid)).rejects.toMatchObject({ code: 'logged_out' });
  });

  test.each(['HEAD', 'POST', 'PUT', 'OPTIONS'])(
    'cannot log anybody out with %s, which API Gateway refuses',
    async (method) => {
      const sid = randomUUID();
      const { id } = await signIn('shop', sid);
      const response = await fetch(`${endpoint}?${new URLSearchParams({ iss: ISSUER, sid })}`, { method });
      expect(response.status).toBe(404);
      expect(await store.get(id)).toBeDefined();
    },
  );

  test('gets the same answer whatever it asks for', async () => {
    const answerTo = async (query: object) => {
      const response = await fetch(`${endpoint}?${new URLSearchParams({ ...query })}`);
      const { 'apigw-requestid': _id, date: _date, ...headers } = Object.fromEntries(response.headers);
      return { status: response.status, headers, body: await response.text() };
    };
    const sid = randomUUID();
    await signIn('shop', sid);
    const success = await answerTo({ iss: ISSUER, sid });
    expect(success.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(success.headers).not.toHaveProperty('x-frame-options');
    for (const query of [
      {},
      { iss: ISSUER },
      { sid },
      { iss: 'https://nobody.example.com', sid },
      { iss: ISSUER, sid },
    ]) {
      expect(await answerTo(query)).toEqual(success);
    }
  });
});

async function startCookieServer() {
  const seen: (string | undefined)[] = [];
  const server = createServer(({ url, headers }, response) => {
    if (url === '/set') {
      response.setHeader('set-cookie', 'probe=1; SameSite=None; Secure');
    } else if (url === '/seen') {
      seen.push(headers.cookie);
    }
    response.setHeader('content-type', 'text/html');
    response.end('<title>Cookies</title>');
  });
  return { url: await listen(server), seen, server };
}

/** What the browser says went wrong: a frame that it refuses, above all. */
function problemsOf(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('requestfailed', (request) => problems.push(`${request.url()}: ${request.failure()?.errorText}`));
  return problems;
}
