import { defineConfig } from 'vitest/config';

/** The commands that ask AWS, against moto's, which needs Python: `npm run test:aws`. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/aws/*.aws.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 50 } },
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
});
