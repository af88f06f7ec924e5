import { inject } from 'vitest';

/** For a process that runs `local/start.ts`: it uses the synth of the test run in place of its own. */
export function sharedSynthEnvironment(): NodeJS.ProcessEnv {
  return {
    SHARED_STACKS_FILE: inject('stacksFile'),
    NODE_OPTIONS: `--import=${new URL('hook.mjs', import.meta.url)}`,
  };
}
