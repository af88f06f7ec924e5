import { expect } from 'vitest';
import type { Browser, Page } from './browser.ts';

/** Sends a user to the OP and back to the relying party. @returns where that ends */
export async function logIn(browser: Browser, user: string, { url }: { readonly url: string }): Promise<Page> {
  let page = await browser.open(`${url}/login`);
  if (page.text.includes('name="login"')) {
    page = await browser.submit(page, { login: user, password: 'any' });
  }
  if (page.text.includes('<form')) {
    page = await browser.submit(page, {});
  }
  return page;
}

export async function signIn(browser: Browser, user: string, relyingParty: { readonly url: string }): Promise<void> {
  expect((await logIn(browser, user, relyingParty)).text).toBe(`signed in as ${user}`);
}

export async function signOutAtOp(browser: Browser, { issuer }: { readonly issuer: string }): Promise<void> {
  const page = await browser.open(`${issuer}/session/end`);
  await browser.submit(page, { logout: 'yes' });
}

export async function whoIsAt(browser: Browser, { url }: { readonly url: string }): Promise<string> {
  return (await browser.open(url)).text;
}

/** An ID token of the very second of a logout is refused: it may be of the login that was logged out. */
export async function nextSecond(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));
}
