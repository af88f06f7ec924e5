import { startLocalRun } from '../local/local-run.ts';
import { readyJson } from '../local/ready-message.ts';
import { createShutdown } from '../local/shutdown.ts';
import { parseStartOptions } from '../local/start-options.ts';
import { stacksWith } from './shared-stacks.ts';

// The local run as `npm start` has it, but for the synth, which all of the test run share.
const [stacksFile = '', ...flags] = process.argv.slice(2);
const shutdown = createShutdown();
const end = () => void shutdown.end().then(() => process.exit());
process.on('SIGTERM', end);
// Whoever started it is gone.
process.stdin.on('end', end).resume();
const run = await startLocalRun(
  parseStartOptions(flags, process.cwd()),
  shutdown,
  (line) => process.stderr.write(`${line}\n`),
  async (relyingPartiesFile) => stacksWith(relyingPartiesFile, stacksFile, shutdown),
);
process.stdout.write(readyJson(run));
await run.failure;
