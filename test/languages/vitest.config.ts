import { defineConfig } from 'vitest/config';

/** The examples in other languages, which need more than Node and npm: `npm run test:languages`. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/languages/*.languages.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 50 } },
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
