import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { burst } from './burst/burst.ts';
import { coldStart } from './cold-start/cold-start.ts';
import { FLEET } from './fleet/fleet.ts';
import { growth } from './growth/part.ts';
import { interruptedLogout } from './interrupted-logout/part.ts';
import { localRun } from './local-run/part.ts';
import { measureParts } from './measured-parts.ts';
import type { Part } from './measurement.ts';
import { warmLogout } from './warm-logout/warm-logout.ts';

/** In the order in which they run. */
const PARTS: readonly Part[] = [coldStart, warmLogout, burst, interruptedLogout, localRun, growth, FLEET];
/** Of one part: for what hangs. A busy machine takes some times longer than a quiet one. */
const MOST_SECONDS = { quick: 600, full: 7200 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' }, plots: { type: 'string' } },
});
const unknown = positionals.filter((name) => !PARTS.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${PARTS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

// Before anything is measured, which takes an hour.
for (const directory of [values.plots, values.json && dirname(values.json)]) {
  if (directory) {
    mkdirSync(directory, { recursive: true });
  }
}

const started = new Date();
function writePlot(file: string, svg: string): void {
  if (values.plots !== undefined) {
    writeFileSync(join(values.plots, file), svg);
  }
}

const chosen = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const isTerminal = process.stderr.isTTY;
const { tables, isGood } = await measureParts(chosen, values.quick, MOST_SECONDS[values.quick ? 'quick' : 'full'], {
  table(markdown, plots) {
    console.log(markdown);
    for (const { file, svg } of plots) {
      writePlot(file, svg);
    }
  },
  // On a terminal one line, written over again and again.
  progress: (line) => process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`),
  failure: (line) => console.error(`${isTerminal ? '\r\x1b[K' : ''}${line}`),
});
if (values.json !== undefined) {
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    // Of the last minute and the last 15 minutes: what else ran on it.
    load: { oneMinute: loadavg()[0], fifteenMinutes: loadavg()[2] },
  };
  const run = { started, seconds: Math.round((Date.now() - started.getTime()) / 1000), isQuick: values.quick, machine };
  writeFileSync(values.json, `${JSON.stringify({ ...run, measured: tables }, undefined, 2)}\n`);
}
// A part that took too long may be running still.
process.exit(isGood ? 0 : 1);
