import { defineConfig } from 'vitest/config';

// All that tests talk to is on loopback, which no proxy reaches. The processes that run them inherit this.
delete process.env.NODE_USE_ENV_PROXY;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { requireAssertions: true },
    // Test files mostly wait for the processes that they start.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
