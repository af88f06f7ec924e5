import { describe, expect, it } from 'vitest';
import { startParts } from '../local/stage/sample-parts.ts';
import { statusOf } from '../local/stage/started-sample.ts';

/** Of the OP's clock, which is this machine's. */
const now = () => Math.floor(Date.now() / 1000);

describe('a session of the shop', () => {
  it('is not read by an id without its signature', async () => {
    const { urls, browser, signIn } = await startParts();
    await signIn('shop');
    const cookie = browser.cookie(urls.shop, 'shop');
    expect(cookie).toMatch(/^[\w-]+\.[\w-]+$/);
    const statusWith = async (value: string) =>
      statusOf(await browser.open(`${urls.shop}/`, { cookie: `shop=${value}` }));
    expect(await statusWith(cookie)).toBe('Signed in as alice');
    expect(await statusWith(cookie.replace(/\..*/, ''))).toBe('Signed out');
  });
});

describe('a sign-out at the OP', () => {
  it.each([
    ['same-origin', true],
    ['same-site', true],
    ['cross-site', false],
    ['none', false],
    [undefined, false],
  ])('asks unless the request comes from the sample itself: Sec-Fetch-Site %s', async (site, isAtOnce) => {
    const { urls, browser, signIn } = await startParts();
    await signIn('shop');
    const shown = await browser.open(`${urls.op}/sign-out`, site === undefined ? {} : { 'sec-fetch-site': site });
    expect(shown.text).toContain('>Sign out</button>');
    expect(shown.text.includes('/sign-out.js')).toBe(isAtOnce);
    expect(statusOf(await browser.press(shown, 'Sign out'))).toBe('Nobody is signed in here.');
  });
});

describe.each(['shop', 'mail'] as const)('a sign-out of %s', (part) => {
  it('is a form of its page', async () => {
    const { browser, signIn } = await startParts();
    const home = await signIn(part);
    const label = part === 'shop' ? 'Sign out of the shop only' : 'Sign out of mail only';
    expect(statusOf(await browser.press(home, label))).toBe('Signed out');
  });

  it('is not for links and pages elsewhere', async () => {
    const { urls, browser, signIn } = await startParts();
    const home = await signIn(part);
    const logout = `${urls[part]}/logout`;
    expect((await browser.open(logout)).status).toBe(404);
    const elsewhere: Record<string, string>[] = [
      {},
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: urls.op },
    ];
    for (const headers of elsewhere) {
      expect((await browser.post(logout, headers)).status).toBe(403);
    }
    expect(statusOf(await browser.open(home.url))).toBe('Signed in as alice');
    // Where a browser knows no Sec-Fetch-Site.
    expect(statusOf(await browser.post(logout, { origin: urls[part] }))).toBe('Signed out');
  });
});

describe('each page', () => {
  it.each([
    [{}, "'none'"],
    [{ framedBy: 'http://page.example' }, 'http://page.example'],
  ])('says who may show it in a frame, and where its forms go: %j', async (options, framedBy) => {
    const { urls, browser, signIn, takeTableDown } = await startParts(options);
    const pages = [
      // Of oidc-provider: a form that submits itself, since nobody is signed in, and an error.
      ...[await browser.open(`${urls.op}/sign-out`), await browser.open(`${urls.op}/auth`)],
      ...[await browser.open(`${urls.op}/`), await browser.open(`${urls.shop}/login`)],
      ...[await signIn('shop'), await browser.open(`${urls.mail}/`), await browser.open(`${urls.op}/sign-out`)],
      await browser.post(`${urls.mail}/logout`, {}),
    ];
    takeTableDown();
    pages.push(await browser.open(`${urls.shop}/`));
    for (const { policy } of pages) {
      expect(policy).toMatch(/^default-src 'none'/);
      expect(policy).toContain(`frame-ancestors ${framedBy}`);
      expect(policy).toMatch(/form-action ('self'|\*)/);
    }
  });

  it.each(['shop', 'mail'] as const)('of %s comes back by itself once the table does', async (part) => {
    const { urls, browser, signIn, takeTableDown } = await startParts();
    await signIn(part);
    takeTableDown();
    const home = `${urls[part]}/`;
    // Mail may know of the login from the second before.
    await expect.poll(async () => (await browser.open(home)).status).toBe(503);
    expect((await browser.open(home)).text).toContain('<meta http-equiv="refresh" content="2; url=/">');
  });
});

describe('a session of mail', () => {
  it('ends with its login also where a later ID token has taken the place of the first', async () => {
    const { urls, browser, mail, key, stores, signIn } = await startParts();
    await signIn('mail');
    const later = { iss: urls.op, aud: 'mail', sub: 'alice', iat: now() + 60, exp: now() + 3600 };
    const refreshed = await key.sign(later, 'JWT');
    // As `accessToken.refresh()` does.
    mail.get('/refresh', (request, response) => {
      Object.assign(Reflect.get(request, 'mail'), { id_token: refreshed });
      response.end();
    });
    await browser.open(`${urls.mail}/refresh`);
    expect(statusOf(await browser.open(`${urls.mail}/`))).toBe('Signed in as alice');
    await stores.mail.endSessions({ issuer: urls.op, clientId: 'mail', sub: 'alice' }, now());
    await expect.poll(async () => statusOf(await browser.open(`${urls.mail}/`))).toBe('Signed out');
  });
});
