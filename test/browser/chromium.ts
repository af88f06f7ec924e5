import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

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
  if (chromiumPath === undefined) {
    throw new Error('there is no Chromium: apt-get install chromium, or set CHROMIUM to the path of one');
  }
  // Chromium refuses to sandbox itself for root, who runs tests in containers. All that it opens here is our own.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await chromium.launch({ executablePath: chromiumPath, args });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
