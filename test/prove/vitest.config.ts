import { defineConfig } from 'vitest/config';
import { useRunDirectory } from '../run-directory.ts';

useRunDirectory();

/** The whole proofs, of which `npm test` has samples: `npm run prove`. */
export default defineConfig({
  test: {
    root: '.',
    // With the tests that play a sample where they are not told to play all.
    include: [
      'test/prove/**/*.prove.ts',
      'test/end-to-end/{deferral,express-session,interruption}.test.ts',
      'test/end-to-end/judging/judging.test.ts',
      'test/local/stage/sample.test.ts',
      'test/local/start.test.ts',
      'test/receiver/jwks/{refresh-ahead,verdicts}.test.ts',
      'test/receiver/logout/faults.test.ts',
      'test/relying-party/express-session/{session-values,token-refresh}.test.ts',
      'test/relying-party/logout-url/sign-out.test.ts',
      'test/relying-party/sessions/{session-creation,session-replacing}.test.ts',
    ],
    env: { WHOLE_PROOFS: 'true' },
    globalSetup: ['test/package/tarball.ts', 'test/global-setup.ts'],
    expect: { requireAssertions: true, poll: { timeout: 600_000, interval: 250 } },
    chaiConfig: { truncateThreshold: 1000 },
    // Left to itself, vitest uses one core of two.
    maxWorkers: 2,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
});
