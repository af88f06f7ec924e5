import { describe, expect, it, vi } from 'vitest';
import { LogoutUrl } from '../../../relying-party/logout-url/index.ts';
import { standingClock } from '../../standing-clock.ts';

standingClock();

const logoutUrlOf = (clientId = 'shop', origin = 'https://shop.example.com') =>
  new LogoutUrl({
    relyingParty: { issuer: 'https://op.example.com', clientId },
    postLogoutRedirectUri: `${origin}/signed-out`,
    endSessionEndpoint: 'https://op.example.com/logout',
  });
const logoutUrl = logoutUrlOf();

/** Begins a logout in a browser. @returns the state that goes to the OP, and the header that sets the cookie */
async function begin(from = logoutUrl) {
  const begun = await from.begin({ endSession: async () => undefined });
  if (begun.outcome !== 'redirect') {
    throw begun.error;
  }
  return { state: new URL(begun.url).searchParams.get('state') ?? '', setCookie: begun.setCookie };
}

/** The `Cookie` header of a browser that was sent these `Set-Cookie` headers, the later ones over the earlier. */
const cookiesOf = (...headers: string[]) => {
  const pairs = headers.map((header) => /^([^=]+)=([^;]*)/.exec(header) ?? []);
  return [...new Map(pairs.map(([, name, value]) => [name, value]))]
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
};

describe('the cookie of a logout', () => {
  it('is of this host alone, by https, for no script, and comes back from the OP’s site', async () => {
    const { setCookie } = await begin();
    expect(setCookie).toMatch(
      /^__Host-logout-[\w-]{16}=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('is one that browsers keep without https where the way back is http on loopback', async () => {
    const { setCookie } = await begin(logoutUrlOf('shop', 'http://localhost:3000'));
    expect(setCookie).toMatch(/^logout-[\w-]{16}=[\w.-]+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
  });

  it('does not hold the state', async () => {
    const { state, setCookie } = await begin();
    expect(setCookie).not.toContain(state);
  });
});

describe('a browser that comes back from the OP', () => {
  it('is known by the state of the logout that it began', async () => {
    const { state, setCookie } = await begin();
    expect(logoutUrl.finish({ state, cookie: `a=b;c; ${cookiesOf(setCookie)}; d=e` }).outcome).toBe('ok');
  });

  it('uses a state once', async () => {
    const { state, setCookie } = await begin();
    const first = logoutUrl.finish({ state, cookie: cookiesOf(setCookie) });
    expect(first).toMatchObject({ outcome: 'ok', setCookie: expect.stringMatching(/^__Host-.+; Secure$/) });
    const cookie = cookiesOf(setCookie, first.setCookie ?? '');
    expect(logoutUrl.finish({ state, cookie })).toEqual({ outcome: 'state_used' });
  });

  it('can have begun a logout in each of two tabs', async () => {
    const [one, other] = [await begin(), await begin()];
    const first = logoutUrl.finish({ state: other.state, cookie: cookiesOf(one.setCookie, other.setCookie) });
    const cookie = cookiesOf(one.setCookie, other.setCookie, first.setCookie ?? '');
    expect(first.outcome).toBe('ok');
    expect(logoutUrl.finish({ state: other.state, cookie }).outcome).toBe('state_used');
    expect(logoutUrl.finish({ state: one.state, cookie }).outcome).toBe('ok');
  });

  it('may take fifteen minutes', async () => {
    const { state, setCookie } = await begin();
    vi.setSystemTime(Date.now() + 899_000);
    expect(logoutUrl.finish({ state, cookie: cookiesOf(setCookie) }).outcome).toBe('ok');
    vi.setSystemTime(Date.now() + 1000);
    expect(logoutUrl.finish({ state, cookie: cookiesOf(setCookie) })).toEqual({ outcome: 'state_expired' });
  });

  it.each<
    [string, string, (begun: { state: string; setCookie: string }) => Promise<[unknown, string | undefined | null]>]
  >([
    ['without a state', 'state_missing', async ({ setCookie }) => [undefined, cookiesOf(setCookie)]],
    ['with an empty state', 'state_missing', async ({ setCookie }) => ['', cookiesOf(setCookie)]],
    ['with two states', 'state_mismatch', async ({ state, setCookie }) => [[state, state], cookiesOf(setCookie)]],
    ['without cookies', 'state_mismatch', async ({ state }) => [state, undefined]],
    ['with no cookie header of the Fetch API', 'state_mismatch', async ({ state }) => [state, null]],
    [
      'with a state that another browser began with',
      'state_mismatch',
      async ({ setCookie }) => [(await begin()).state, cookiesOf(setCookie)],
    ],
    [
      'with the state in another case',
      'state_mismatch',
      async ({ state, setCookie }) => [swapCase(state), cookiesOf(setCookie)],
    ],
    [
      'with another’s cookie under the name of its own',
      'state_mismatch',
      async ({ state, setCookie }) => [state, `${nameOf(setCookie)}=${contentOf((await begin()).setCookie)}`],
    ],
    [
      'with the cookie of a client of the same host',
      'state_mismatch',
      async ({ state }) => [state, cookiesOf((await begin(logoutUrlOf('mail'))).setCookie)],
    ],
    ['with an empty cookie', 'state_mismatch', async ({ state, setCookie }) => [state, `${nameOf(setCookie)}=`]],
    [
      'with a broken cookie',
      'state_mismatch',
      async ({ state, setCookie }) => [state, `${nameOf(setCookie)}=1.${contentOf(setCookie)}`],
    ],
    [
      'with a cookie by http',
      'state_mismatch',
      async ({ state, setCookie }) => [state, cookiesOf(setCookie).replace('__Host-', '')],
    ],
    [
      // To browsers the prefix is not at the start of that name, so another host of the site can set it.
      'with a cookie whose name begins with a blank that is not ASCII',
      'state_mismatch',
      async ({ state, setCookie }) => [state, `a=b; \u00a0${cookiesOf(setCookie)}; \u2000${cookiesOf(setCookie)}`],
    ],
  ])('%s is told so', async (_case, outcome, request) => {
    const [state, cookie] = await request(await begin());
    expect(logoutUrl.finish({ state, cookie })).toEqual({ outcome });
  });

  it('with the state of another client of the same host is told so', async () => {
    const { state, setCookie } = await begin(logoutUrlOf('mail'));
    expect(logoutUrl.finish({ state, cookie: cookiesOf(setCookie) })).toEqual({ outcome: 'state_mismatch' });
    expect(logoutUrlOf('mail').finish({ state, cookie: cookiesOf(setCookie) }).outcome).toBe('ok');
  });
});

const nameOf = (setCookie: string) => setCookie.split('=')[0];
const contentOf = (setCookie: string) => /=([^;]*)/.exec(setCookie)?.[1];
const swapCase = (text: string) =>
  text.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
