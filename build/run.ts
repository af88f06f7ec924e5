import { buildFunctionBundles } from './function-bundles.ts';

await buildFunctionBundles();
