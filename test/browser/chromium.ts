import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where Chromium is: what the variable CHROMIUM says, or the first on the PATH. */
export const chromiumPath =
  process.env.CHROMIUM ??
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((directory) => NAMES.map((name) => join(directory, name)))
    .find(isExecutable);

/** Whether the tests in a browser can run. On CI they must: there they fail where they cannot. */
export const hasNoBrowser = chromiumPath === undefined && process.env.CI === undefined;

if (hasNoBrowser) {
  process.stderr.write(
    'The tests in a browser are skipped: there is no Chromium. `apt-get install chromium` on Debian and Ubuntu, or CHROMIUM=/path/to/chrome.\n',
  );
}

export async function launchChromium(): Promise<Browser> {
  return await chromium.launch(launchOptions());
}

/**
 * Launches Chromium with a profile of its own, which has what somebody can choose in the settings. Other browser sessions of
 * tests are incognito windows, which block third-party cookies in any case.
 *
 * @param directory empty; keeps the profile
 */
export async function launchProfile(
  directory: string,
  { blocksThirdPartyCookies }: { readonly blocksThirdPartyCookies: boolean },
): Promise<BrowserContext> {
  const preferences = { profile: { cookie_controls_mode: blocksThirdPartyCookies ? 1 : 0 } };
  mkdirSync(join(directory, 'Default'));
  writeFileSync(join(directory, 'Default/Preferences'), JSON.stringify(preferences));
  return await chromium.launchPersistentContext(directory, launchOptions());
}

function launchOptions() {
  if (chromiumPath === undefined) {
    throw new Error('there is no Chromium: apt-get install chromium, or set CHROMIUM to the path of one');
  }
  // Chromium refuses to sandbox itself for root, who runs tests in containers. All that it opens here is our own.
  return { executablePath: chromiumPath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
