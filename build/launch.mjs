// @ts-check
// node build/launch.mjs SOURCE [args]: runs a program of the project, built from what its sources are now. To compile its
// modules one by one at each start would take longer than all that it does.
import { pathToFileURL } from 'node:url';
import { builtProgram } from './program.mjs';

const [, , source = ''] = process.argv;
const program = builtProgram(source);
process.argv.splice(1, 2, program);
await import(pathToFileURL(program).href);
