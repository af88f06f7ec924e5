import { defineConfig } from 'vitest/config';

/** The long run: `npm run fuzz`. Not part of `npm test`. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/fuzz/**/*.fuzz.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { requireAssertions: true },
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
  },
});
