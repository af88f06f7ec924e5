import { defineConfig } from 'vitest/config';

/** The suite of `npm run test:aws`, which deploys first. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/account/*.account.ts'],
    expect: { requireAssertions: true },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
