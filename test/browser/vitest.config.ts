import { defineConfig } from 'vitest/config';

/** The page in a real browser, which needs more than Node and npm: `npm run test:browser`. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/browser/*.browser.ts'],
    expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 50 } },
    silent: 'passed-only',
    // One run of the sample is enough for two cores.
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
