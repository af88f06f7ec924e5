// @ts-check
// Imports a function's module in a fresh process, as the runtime client does, and prints what that took.
import { registerHooks } from 'node:module';

const [url = '', what] = process.argv.slice(2);
let bytes = 0;
if (what === 'bytes') {
  // Apart from the time, which this takes some of.
  registerHooks({
    load(module, context, next) {
      const loaded = next(module, context);
      bytes += loaded.source?.length ?? 0;
      return loaded;
    },
  });
}
const [start, cpu] = [performance.now(), process.cpuUsage()];
await import(url);
const milliseconds = performance.now() - start;
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ milliseconds, cpuMilliseconds: (user + system) / 1000, kilobytes: bytes / 1024 }));
// A connection that was opened meanwhile keeps the process.
process.exit();
