import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { endKeptWorker, keptWorker } from './kept-worker.ts';

process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

/** The quickest first: the first test that fails ends the run of a mutant. Vitest has the slowest first. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).reverse();
  }
}

/** The tests that mutants are judged by, of `npm run mutate`: those of one part each, which start no process. */
export default defineConfig({
  plugins: [
    {
      name: 'tables-in-process',
      enforce: 'pre',
      resolveId: (source) =>
        /\/(unsigned-client|dynamodb-(client|proxy))\.ts$/.test(source)
          ? fileURLToPath(new URL('dynamodb-in-process.ts', import.meta.url))
          : undefined,
    },
    {
      name: 'kept-worker',
      configureVitest({ project, vitest }) {
        // Here, since Stryker's runner sets the pool itself.
        Object.assign(project.config, { pool: keptWorker.name, poolRunner: keptWorker });
        vitest.onClose(endKeptWorker);
      },
    },
  ],
  test: {
    root: '.',
    silent: true,
    // Some of them alone are quicker; what survives those may still be killed by the others.
    include: process.env.MUTATE_TESTS?.split(' ') ?? [
      'test/receiver/{deferral,jwks,logout}/**/*.test.ts',
      'test/relying-party/sessions/*.test.ts',
      'test/relying-party/missing-options.test.ts',
    ],
    exclude: [
      'test/receiver/logout/{faults,judging-properties}.test.ts',
      'test/receiver/jwks/fifty-instances.test.ts',
      'test/relying-party/sessions/random-schedules.test.ts',
    ],
    globalSetup: 'test/mutate/global-setup.ts',
    setupFiles: 'test/mutate/loaded-first.ts',
    sequence: { sequencer: QuickestFirst },
    isolate: false,
    fileParallelism: false,
    expect: { poll: { timeout: 10_000, interval: 20 } },
    testTimeout: 30_000,
    hookTimeout: 300_000,
  },
});
