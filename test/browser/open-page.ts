import axe from 'axe-core';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import * as z from 'zod/mini';

const Violations = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

const EXAMINE = 'axe.run(document, { iframes: false }).then(({ violations }) => violations)';

/** For what hangs: no step on a busy machine comes near it. */
const MOST_MILLISECONDS = 90_000;

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong in the page: errors of scripts, refused resources. */
  readonly problems: readonly string[];
  /** Hosts that were asked for anything. */
  readonly hosts: ReadonlySet<string>;
}

/** Opens a page in a browser session of its own, which ends with the test. */
export async function openPage(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  context.setDefaultTimeout(MOST_MILLISECONDS);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  const hosts = new Set<string>();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isAnswer(message.text())) {
      problems.push(message.text());
    }
  });
  page.on('request', (request) => hosts.add(new URL(request.url()).hostname));
  await page.goto(url);
  await page.locator('#connection[data-connected=true]').waitFor();
  return { page, context, problems, hosts };
}

/** Chromium calls each answer of 400 and more an error, also those that a test wants. */
function isAnswer(text: string): boolean {
  return text.startsWith('Failed to load resource: the server responded with a status of');
}

/** What axe finds wrong for people who use keyboards and screen readers, or see little: one text for each finding. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const frame of page.frames()) {
    for (const { id, nodes } of await violationsIn(frame)) {
      found.push(`${new URL(frame.url()).hostname}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }
  }
  return found;
}

/** Examines the next document of the frame where one is left meanwhile: the OP's window is opened anew after news. */
async function violationsIn(frame: Frame): Promise<z.infer<typeof Violations>> {
  for (;;) {
    await frame.waitForLoadState();
    try {
      return Violations.parse(await frame.evaluate(`${axe.source}\n${EXAMINE}`));
    } catch (error) {
      if (!String(error).includes('Execution context was destroyed')) {
        throw error;
      }
    }
  }
}
