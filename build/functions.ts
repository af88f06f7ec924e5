import { buildFunctionBundles } from './function-bundles.ts';

// What is deployed alone, and only when it changed: the `build` of cdk.json.
await buildFunctionBundles();
