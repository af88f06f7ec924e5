import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './chromium.ts';
import { startRun } from './started-run.ts';

/** Takes the pictures of the README: the page after a logout on one device, in light and dark. */
const directory = fileURLToPath(new URL('../../docs/images/', import.meta.url));
await mkdir(directory, { recursive: true });
const [run, browser] = await Promise.all([startRun(), launchChromium()]);
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1440, height: 900 } });
    await page.goto(run.page);
    const window = (name: string) => page.frameLocator(`iframe[data-window=${name}]`);
    await page.getByRole('button', { name: 'Sign in to the shop' }).click();
    await window('shop').getByRole('button', { name: 'alice' }).click();
    await window('shop').getByText('signed in as alice').first().waitFor();
    await page.getByRole('button', { name: 'Sign in to the mail' }).click();
    await window('mail').getByText('signed in as alice').first().waitFor();
    // Then the logout is a group of its own.
    await page.waitForTimeout(2_000);
    await page.getByRole('button', { name: 'Sign out at the OP' }).click();
    await window('shop').getByText('signed out').first().waitFor();
    await window('mail').getByText('signed out').first().waitFor();
    await page.getByText('shop is told that a session has ended').first().waitFor();
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: `${directory}sample-${colorScheme}.png` });
    await page.close();
  }
} finally {
  await browser.close();
  await run.stop();
}
