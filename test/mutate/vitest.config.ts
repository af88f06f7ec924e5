import { defineConfig } from 'vitest/config';

/** The tests that mutants are judged by, of `npm run mutate`: those of one part each, which start no process. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/{receiver,relying-party/sessions}/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    expect: { poll: { timeout: 10_000, interval: 20 } },
    testTimeout: 20_000,
    hookTimeout: 300_000,
  },
});
