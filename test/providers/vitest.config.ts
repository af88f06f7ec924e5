import { defineConfig } from 'vitest/config';

// All parts are on loopback, which no proxy reaches. The processes that run them inherit this.
delete process.env.NODE_USE_ENV_PROXY;

/** Real OPs, held to what their guides say of them: `npm run providers`. They need Java 17 with Maven, or Go and a C compiler. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/providers/{keycloak,hydra}.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { requireAssertions: true },
    // The first run fetches and builds the OPs.
    testTimeout: 1_800_000,
    maxWorkers: 1,
  },
});
