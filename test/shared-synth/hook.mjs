// @ts-check
// Has `npm start` use the synth of the test run in place of its own. An older Node.js without such hooks synthesizes.
// Plain JavaScript: it is loaded before what understands TypeScript.
import module from 'node:module';

module.registerHooks?.({
  resolve: (specifier, context, nextResolve) =>
    specifier === './template/synthesize.ts' && context.parentURL?.endsWith('/local/local-run.ts')
      ? nextResolve(new URL('./synthesize.ts', import.meta.url).href, context)
      : nextResolve(specifier, context),
});
