import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

/** The tests that mutants are judged by, of `npm run mutate`: those of one part each, which start no process. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/receiver/{logout,jwks}/**/*.test.ts', 'test/relying-party/sessions/*.test.ts'],
    exclude: [
      'test/receiver/logout/faults.test.ts',
      'test/receiver/jwks/{fifty-instances,documents-in-the-wild}.test.ts',
      'test/relying-party/sessions/random-schedules.test.ts',
    ],
    globalSetup: 'test/mutate/global-setup.ts',
    isolate: false,
    fileParallelism: false,
    expect: { poll: { timeout: 10_000, interval: 20 } },
    testTimeout: 10_000,
    hookTimeout: 300_000,
  },
});
