import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { interruptedLogout } from './interrupted-logout/part.ts';
import { FLEET } from './fleet/fleet.ts';
import { markdownOf, type Part, resultsOf } from './measurement.ts';

/** In the order in which they run. */
const PARTS: readonly Part[] = [interruptedLogout, FLEET];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
});
const unknown = positionals.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${PARTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const measured = [];
for (const part of PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const tables = await part.measure(values.quick, (line) => console.error(`${part.name}: ${line}`));
  for (const table of tables) {
    console.log(markdownOf(table));
    measured.push({ part: part.name, title: table.title, results: resultsOf(table) });
  }
}
const machine = { node: process.version, platform: `${process.platform} ${process.arch}`, cores: cpus().length };
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ machine, isQuick: values.quick, measured }, undefined, 2)}\n`);
}
process.exitCode = measured.some(({ results }) => results.some(({ isWithinLimit }) => isWithinLimit === false)) ? 1 : 0;
