import { defineConfig } from 'vitest/config';

/** What asks or changes AWS, against moto's, which needs Python: `npm run test:emulated`. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/emulated/*.emulated.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 50 } },
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
