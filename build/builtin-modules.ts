import { builtinModules as names } from 'node:module';
import type { Plugin } from 'esbuild';

const NAME = new RegExp(`^(node:)?(${names.join('|')})$`);

/**
 * Has the bundles take the modules of Node.js by `process.getBuiltinModule`.
 *
 * An `import` of one makes an ES module of it first, and reads all that it exports for that: of `node:http` also
 * `WebSocket`, which loads undici, and takes ten times as long as `node:http` itself.
 */
export const builtinModules: Plugin = {
  name: 'builtin-modules',
  setup(build) {
    build.onResolve({ filter: NAME }, ({ path }) => ({ path, namespace: 'builtin', sideEffects: false }));
    build.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};
