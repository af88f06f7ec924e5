import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionStore } from '../../functions/sessions/index.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { type Browser, openBrowser } from './browser.ts';
import { type OpenidProvider, reserveOpenidProvider } from './openid-provider.ts';
import { type RelyingParty, startRelyingParty } from './relying-party.ts';

let op: OpenidProvider;
let receiver: LocalRun;
let shop: RelyingParty;
let forum: RelyingParty;

beforeAll(async () => {
  op = await reserveOpenidProvider();
  receiver = await startLocalRun([
    { issuer: op.issuer, clientId: 'shop' },
    { issuer: op.issuer, clientId: 'forum' },
  ]);
  const store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  shop = await startRelyingParty(op.issuer, 'shop', store);
  forum = await startRelyingParty(op.issuer, 'forum', store);
  // The shop wants a sid in its tokens; the forum gets oidc-provider's default, which is a sub alone.
  await op.open(metadata(shop, true), metadata(forum, false));
});

afterAll(async () => {
  await Promise.all([receiver.stop(), shop.stop(), forum.stop()]);
  await op.stop();
});

function metadata({ url, clientId }: RelyingParty, isSidRequired: boolean) {
  return {
    client_id: clientId,
    client_secret: 'a secret',
    redirect_uris: [`${url}/callback`],
    backchannel_logout_uri: receiver.endpoint,
    backchannel_logout_session_required: isSidRequired,
  };
}

async function signIn(browser: Browser, user: string, { url }: RelyingParty): Promise<void> {
  let page = await browser.open(`${url}/login`);
  if (page.text.includes('name="login"')) {
    page = await browser.submit(page, { login: user, password: 'any' });
  }
  if (page.text.includes('<form')) {
    page = await browser.submit(page, {});
  }
  expect(page.text).toBe(`signed in as ${user}`);
}

async function signOutAtOp(browser: Browser): Promise<void> {
  const page = await browser.open(`${op.issuer}/session/end`);
  await browser.submit(page, { logout: 'yes' });
}

const whoIsAt = async (browser: Browser, { url }: RelyingParty) => (await browser.open(url)).text;

describe('a user signs out at the OP', () => {
  it.each<[string, () => RelyingParty]>([
    ['by sid', () => shop],
    ['by sub', () => forum],
  ])('and the OP’s own logout request ends the session (%s), and nobody else’s', async (how, relyingParty) => {
    const [alice, bob] = [openBrowser(), openBrowser()];
    const [aliceName, bobName] = [`alice ${how}`, `bob ${how}`];
    await signIn(alice, aliceName, relyingParty());
    await signIn(bob, bobName, relyingParty());
    const answersBefore = op.logoutAnswers.length;

    await signOutAtOp(alice);

    expect(op.logoutAnswers.slice(answersBefore)).toEqual([200]);
    expect(await whoIsAt(alice, relyingParty())).toBe('anonymous');
    expect(await whoIsAt(bob, relyingParty())).toBe(`signed in as ${bobName}`);
  });

  it('on one device: by sid the other device stays signed in, by sub it does not', async () => {
    const [phone, laptop] = [openBrowser(), openBrowser()];
    for (const device of [phone, laptop]) {
      await signIn(device, 'carol', shop);
      await signIn(device, 'carol', forum);
    }
    await signOutAtOp(phone);
    expect(await whoIsAt(phone, shop)).toBe('anonymous');
    expect(await whoIsAt(laptop, shop)).toBe('signed in as carol');
    expect(await whoIsAt(laptop, forum)).toBe('anonymous');
  });

  it('and can sign in again at once', async () => {
    const dave = openBrowser();
    await signIn(dave, 'dave', shop);
    await signOutAtOp(dave);
    // An ID token of the very second of the logout is refused: it may be the login that was logged out.
    await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));
    await signIn(dave, 'dave', shop);
    expect(await whoIsAt(dave, shop)).toBe('signed in as dave');
  });

  it('without a word of tokens, subs or session ids in the log', () => {
    expect(receiver.log()).toContain('logout_accepted');
    expect(receiver.log()).not.toMatch(/alice|bob|carol|dave|eyJ/);
  });
});
