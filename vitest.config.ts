import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { useRunDirectory } from './test/run-directory.ts';

// Each test file has processes of its own, and all load the same modules: compiled once, they load in half the time.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');
// All that tests talk to is on loopback, which no proxy reaches. The processes that run them inherit this.
delete process.env.NODE_USE_ENV_PROXY;
useRunDirectory();

/** Those that replace modules. */
const ISOLATED = [
  'test/relying-party/sessions/interleaving/*.test.ts',
  'test/relying-party/sessions/random-schedules.test.ts',
];

const shared = {
  setupFiles: 'test/own-environment.ts',
  // Limits are for what hangs: no test of a busy machine comes near them.
  expect: { requireAssertions: true, poll: { timeout: 200_000, interval: 50 } },
  // The last lines of CI have messages without diffs.
  chaiConfig: { truncateThreshold: 1000 },
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // That a test takes certificates of its own is no news.
  execArgv: ['--disable-warning=Warning'],
};

export default defineConfig({
  test: {
    globalSetup: 'test/global-setup.ts',
    teardownTimeout: 60_000,
    silent: 'passed-only',
    // Three make full use of two cores that are idle. More get a larger share of cores that other programs use too.
    maxWorkers: 6,
    projects: [
      { test: { ...shared, name: 'isolated', include: ISOLATED } },
      // Files of one process share the modules that they import: to load them anew for each file took a third of all time.
      { test: { ...shared, name: 'shared', include: ['test/**/*.test.ts'], exclude: ISOLATED, isolate: false } },
    ],
  },
});
