import { defineConfig } from 'vitest/config';

/** The whole proofs, of which `npm test` has samples: `npm run prove`. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/prove/**/*.prove.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { requireAssertions: true, poll: { timeout: 600_000, interval: 250 } },
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
});
