import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasNoBrowser, launchChromium } from './chromium.ts';
import { accessibilityProblems, openPage } from './open-page.ts';
import { type StartedRun, startRun } from './started-run.ts';

type Device = 'laptop' | 'phone';
type Window = 'op' | 'shop' | 'mail';

describe.skipIf(hasNoBrowser)('the page of the sample', () => {
  let run: StartedRun;
  let browser: Browser;

  beforeAll(async () => {
    [run, browser] = await Promise.all([startRun(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await run?.stop();
  });

  const open = async (options = {}) => {
    const opened = await openPage(browser, run.page, options);
    return { ...opened, stage: stageOf(opened.page) };
  };

  test('a sign-out at the OP ends the sessions of both applications before one’s eyes', async () => {
    const { stage, problems, hosts } = await open();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.signIn('laptop', 'mail');
    await expect.poll(run.sessions).toEqual(['alice at shop']);
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    await stage.isSignedOut('laptop', 'mail');
    expect(await run.sessions()).toEqual([]);
    expect(problems).toEqual([]);
    expect([...hosts].filter((host) => host !== 'logout.localhost' && !host.endsWith('.logout.localhost'))).toEqual([]);
  });

  test('the timeline tells of token, claims, each rule, marker, session and answer', async () => {
    const { page, stage } = await open();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    const timeline = page.locator('#groups');
    for (const text of [
      'A logout token for shop arrives at the receiver',
      'A not-before marker stands',
      'A session of shop ends',
      'The logout is done',
      'shop is told that a session has ended (logout)',
    ]) {
      await timeline.getByText(text).first().waitFor();
    }
    await timeline.locator('dt', { hasText: 'sid' }).first().waitFor();
    const verdict = timeline.locator('.verdict').first();
    expect(await verdict.locator('summary').textContent()).toMatch(/^All \d+ rules passed$/);
    await verdict.locator('summary').click();
    await verdict.locator('li.passed').first().waitFor();
    expect(await verdict.locator('li.passed').count()).toBeGreaterThan(20);
    expect(await verdict.locator('li:not(.passed)').count()).toBe(0);
  });

  test('a sign-out on one device leaves the other, and one everywhere ends both', async () => {
    const { page, stage } = await open();
    await page.getByRole('button', { name: 'Add a second device' }).click();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.signIn('phone', 'shop', 'alice');
    await expect.poll(run.sessions).toEqual(['alice at shop', 'alice at shop']);
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    await stage.isSignedIn('phone', 'shop', 'alice');
    expect(await run.sessions()).toEqual(['alice at shop']);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await stage.isSignedOut('phone', 'shop');
    expect(await run.sessions()).toEqual([]);
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.locator('#told', { hasText: 'alice is not signed in at the OP.' }).waitFor();
  });

  test('what is down or held can be brought back after a reload, and from another tab', async () => {
    const { page, context, stage } = await open();
    const other = await context.newPage();
    await other.goto(run.page);
    await stage.attempt('keys', 'Offline.');
    await other.getByRole('button', { name: 'Bring the keys back' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Bring the keys back' }).click();
    await other.getByRole('button', { name: 'Take the keys offline' }).waitFor();
    expect(await page.evaluate('fetch("/stage").then((answer) => answer.json())')).toMatchObject({
      keys: { offline: false },
    });
  });

  test.each([
    ['wrong-key', 'signature_invalid'],
    ['alg-none', 'alg_not_allowed'],
    ['wrong-audience', 'audience_mismatch'],
    ['id-token', 'events_invalid'],
    ['nonce', 'nonce_present'],
  ])('the attack %s is refused as %s, and ends nothing', async (attack, reason) => {
    const { page, stage } = await open();
    await stage.signIn('laptop', 'shop', 'alice');
    const before = await run.sessions();
    await stage.attempt(attack, `Refused: ${reason}.`);
    // Each attack is made once. What belongs to it shares a group with the one before, where that was just now.
    const answer = page.locator('#groups .event', { hasText: `Refused: ${reason}` });
    await answer.locator('.verdict li.refused').waitFor();
    await stage.isSignedIn('laptop', 'shop', 'alice');
    expect(await run.sessions()).toEqual(before);
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
  });

  test('the last token sent again is taken, and ends nothing new', async () => {
    const { stage } = await open();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.attempt('replay', 'Accepted again');
    await stage.isSignedIn('laptop', 'shop', 'alice');
    expect(await run.sessions()).toEqual(['alice at shop']);
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
  });

  test('a logout goes on after the OP has taken new keys, and while its keys cannot be fetched', async () => {
    const { stage } = await open();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.attempt('rotate', 'The OP signs with a new key now');
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    expect(await run.sessions()).toEqual([]);
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.attempt('keys', 'Offline.');
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    expect(await run.sessions()).toEqual([]);
    await stage.attempt('keys', 'can be fetched again');
  });

  test('a logout while DynamoDB is down is kept, and finished once it is up', async () => {
    const { page, stage } = await open();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.attempt('table', 'DynamoDB is down');
    await stage.signOut('laptop');
    await page.locator('[data-try=table] .outcome', { hasText: 'Kept for later' }).waitFor();
    await page.locator('#groups').getByText('The logout is kept, to be finished later').first().waitFor();
    expect(await run.sessions()).toEqual(['alice at shop']);
    await stage.attempt('table', 'DynamoDB is up');
    await expect.poll(run.sessions, { timeout: 120_000 }).toEqual([]);
    await stage.isSignedOut('laptop', 'shop');
  });

  test('a login that was under way when its user signed out is refused', async () => {
    const { page, stage } = await open();
    await stage.attemptBegun('hold', 'The login is held', () => stage.begin('laptop', 'shop', 'alice'));
    // What earlier tests did is on the page too.
    await page.getByRole('button', { name: 'Clear' }).click();
    await stage.signOut('laptop');
    await page.locator('#groups').getByText('The logout is done').first().waitFor();
    await stage.attempt('hold', 'Refused, as it must be');
    await stage.frame('laptop', 'shop').getByText('refused').first().waitFor();
    expect(await run.sessions()).toEqual([]);
  });

  test('a login right after a logout works', async () => {
    const { stage } = await open();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    await stage.attemptBegun('again', 'Signed in', () => stage.choose('laptop', 'shop', 'alice'));
    await stage.isSignedIn('laptop', 'shop', 'alice');
    expect(await run.sessions()).toEqual(['alice at shop']);
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
  });

  test('everything can be done with the keyboard', async () => {
    const { page, stage } = await open();
    await page.getByRole('button', { name: 'Sign in to the shop' }).focus();
    await page.keyboard.press('Enter');
    const alice = stage.frame('laptop', 'shop').getByRole('button', { name: 'alice' });
    await alice.focus();
    await page.keyboard.press('Enter');
    await stage.isSignedIn('laptop', 'shop', 'alice');
    expect(await run.sessions()).toEqual(['alice at shop']);
    await page.getByRole('button', { name: 'Sign out at the OP' }).focus();
    await page.keyboard.press('Enter');
    await stage.isSignedOut('laptop', 'shop');
  });

  test.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 360],
    ['dark', 360],
  ] as const)('in %s at %i pixels nothing is in the way of anybody', async (colorScheme, width) => {
    const { page, stage } = await open({ colorScheme, viewport: { width, height: 900 } });
    // Of what other tests did.
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('button', { name: 'Add a second device' }).click();
    await stage.signIn('laptop', 'shop', 'alice');
    await stage.attempt('alg-none', 'Refused');
    await stage.signOut('laptop');
    await stage.isSignedOut('laptop', 'shop');
    await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    // What has just arrived is not half transparent any more.
    await page.evaluate('Promise.all(document.getAnimations().map((animation) => animation.finished))');
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });
});

/** What somebody does with the page. */
function stageOf(page: Page) {
  const device = (name: Device): Locator => page.locator(`[data-device=${name}]`);
  const frame = (name: Device, window: Window): FrameLocator =>
    device(name).frameLocator(`iframe[data-window=${window}]`);
  const choose = (name: Device, window: Window, account: string) =>
    frame(name, window).getByRole('button', { name: account }).click();
  const begin = async (name: Device, window: Window, account?: string) => {
    await device(name)
      .getByRole('button', { name: `Sign in to the ${window}` })
      .click();
    if (account) {
      await choose(name, window, account);
    }
  };
  const isSignedIn = (name: Device, window: Window, account: string) =>
    frame(name, window).getByText(`signed in as ${account}`).first().waitFor();
  const outcome = (id: string, text: string) =>
    page.locator(`[data-try=${id}] .outcome[data-true=true]`, { hasText: text }).waitFor();
  return {
    frame,
    choose,
    begin,
    isSignedIn,
    async signIn(name: Device, window: Window, account?: string) {
      await begin(name, window, account);
      await isSignedIn(name, window, account ?? 'alice');
    },
    isSignedOut: (name: Device, window: Window) => frame(name, window).getByText('signed out').first().waitFor(),
    signOut: (name: Device) => device(name).getByRole('button', { name: 'Sign out at the OP' }).click(),
    async attempt(id: string, text: string) {
      await page.locator(`[data-try=${id}] button`).click();
      await outcome(id, text);
    },
    async attemptBegun(id: string, text: string, goOn: () => Promise<void>) {
      await page.locator(`[data-try=${id}] button`).click();
      await goOn();
      await outcome(id, text);
    },
  };
}
