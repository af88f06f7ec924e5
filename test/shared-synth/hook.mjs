// @ts-check
// Has `npm start` use the synth of the test run in place of its own.
// Plain JavaScript: it is loaded before what understands TypeScript.
import module from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** @type {module.ResolveHookSync & module.ResolveHook} */
export const resolve = (specifier, context, nextResolve) =>
  specifier === './template/synthesize.ts' && context.parentURL?.endsWith('/local/local-run.ts')
    ? nextResolve(new URL('./synthesize.ts', import.meta.url).href, context)
    : nextResolve(specifier, context);

if (module.registerHooks) {
  module.registerHooks({ resolve });
} else if (isMainThread) {
  // Before Node.js 22.15: hooks live in a thread of their own, which loads this file too.
  module.register(import.meta.url);
}
