import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { openBrowser } from '../end-to-end/browser.ts';
import { type OpenidProvider, reserveOpenidProvider } from '../end-to-end/openid-provider.ts';
import { startRelyingParty } from '../end-to-end/relying-party.ts';
import { signIn, signOutAtOp } from '../end-to-end/signing.ts';
import { encoded } from '../logout-token.ts';
import { hasNoBrowser, launchChromium } from './chromium.ts';
import { accessibilityProblems, openPage } from './open-page.ts';
import { startRun } from './started-run.ts';

const SETTINGS = { clientSecret: 'a secret', signedResponseAlg: 'RS256' } as const;

describe.skipIf(hasNoBrowser)('the page for one’s own OP', () => {
  let browser: Browser;
  let op: OpenidProvider;

  beforeAll(async () => {
    [browser, op] = await Promise.all([launchChromium(), reserveOpenidProvider()]);
  });
  afterAll(async () => {
    await browser?.close();
    await op?.stop();
  });

  const startFor = async (issuer: string) => {
    const directory = mkdtempSync(join(tmpdir(), 'watch-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'relying-parties.json');
    writeFileSync(file, JSON.stringify({ relyingParties: [{ issuer, clientId: 'shop', algorithms: ['RS256'] }] }));
    const run = await startRun(['--relying-parties', file, '--watch']);
    onTestFinished(() => run.stop());
    return run;
  };

  test('stands whatever is sent, and shows the newest of it', async () => {
    const run = await startFor('https://op.example.com');
    const { page, problems } = await openPage(browser, run.page);
    const send = async (claims: object) => {
      const token = `${encoded({ alg: 'none' })}.${encoded(claims)}.`;
      const response = await fetch(run.endpoint, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token }),
      });
      return response.status;
    };
    const timeline = page.locator('#groups');
    for (const [aud, shown] of [
      [{ toString: 1 }, '{"toString":1}'],
      ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
      ['\u202eevil', '\ufffdevil'],
      [['shop', 5], 'shop and 5'],
      ['x'.repeat(2000), `${'x'.repeat(100)}…`],
    ] as const) {
      expect(await send({ aud, ['<b>'.repeat(50)]: 'javascript:alert(1)', __proto__: { polluted: true } })).toBe(400);
      await timeline.getByText(`A logout token for ${shown} arrives at the receiver`, { exact: true }).waitFor();
    }
    for (let batch = 0; batch < 10; batch++) {
      const statuses = await Promise.all(Array.from({ length: 30 }, () => send({ aud: `batch ${batch}` })));
      expect(new Set(statuses)).toEqual(new Set([400]));
    }
    await send({ aud: 'the last one' });
    await timeline.getByText('A logout token for the last one arrives at the receiver').waitFor();
    expect(await timeline.locator('.event').count()).toBeLessThanOrEqual(300);
    expect(problems).toEqual([]);
  });

  test('shows a logout of the OP, and why one for a client that is not configured is refused', async () => {
    const { issuer } = op;
    const run = await startFor(issuer);
    const store = new SessionStore({ client: run.client, tableName: run.tables.sessions });
    const applications = await Promise.all(
      ['shop', 'forum'].map((clientId) => startRelyingParty(issuer, clientId, store, SETTINGS)),
    );
    onTestFinished(async () => {
      await Promise.all(applications.map((application) => application.stop()));
    });
    await op.open(
      ...applications.map(({ clientId, url }) => ({
        client_id: clientId,
        client_secret: SETTINGS.clientSecret,
        redirect_uris: [`${url}/callback`],
        backchannel_logout_uri: run.endpoint,
        backchannel_logout_session_required: true,
        id_token_signed_response_alg: SETTINGS.signedResponseAlg,
      })),
    );
    const { page, problems } = await openPage(browser, run.page);
    await page.getByText('Nothing has arrived yet').waitFor();

    const user = openBrowser();
    for (const application of applications) {
      await signIn(user, 'carol', application);
    }
    await signOutAtOp(user, op);

    const timeline = page.locator('#groups');
    await timeline.getByText('Answer to the token for shop: 200').waitFor();
    await timeline.getByText('A session of shop ends').waitFor();
    await timeline.getByText('Refused: audience_mismatch').first().waitFor();
    const refused = timeline.locator('.verdict', { has: page.locator('.refused') });
    expect(await refused.locator('li.refused').textContent()).toContain('aud names a client of that issuer');
    expect(await refused.locator('summary').textContent()).toMatch(/^\d+ of \d+ rules passed before that$/);
    expect(await run.sessions()).toEqual(['carol at forum']);
    await page.evaluate('Promise.all(document.getAnimations().map((animation) => animation.finished))');
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(problems).toEqual([]);
  });
});
