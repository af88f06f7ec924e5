// @ts-check
// Imports a function's module in a fresh process, as the runtime client does, and prints what that took: until it is
// loaded, or sets the timer that bounds what it does ahead. That is part of its start, and not of its import.
import { registerHooks } from 'node:module';

const [url = '', what] = process.argv.slice(2);
let bytes = 0;
if (what === 'bytes') {
  // Apart from the time, which this takes some of.
  registerHooks({
    load(module, context, next) {
      const loaded = next(module, context);
      bytes += new Blob([loaded.source ?? '']).size;
      return loaded;
    },
  });
}
const [start, cpu] = [performance.now(), process.cpuUsage()];
const took = () => {
  const { user, system } = process.cpuUsage(cpu);
  return { milliseconds: performance.now() - start, cpuMilliseconds: (user + system) / 1000 };
};
/** @type {ReturnType<typeof took> | undefined} */
let ahead;
const { setTimeout } = globalThis;
globalThis.setTimeout = Object.assign((/** @type {Parameters<typeof setTimeout>} */ ...timer) => {
  ahead ??= took();
  return setTimeout(...timer);
}, setTimeout);
await import(url);
console.log(JSON.stringify({ ...(ahead ?? took()), kilobytes: bytes / 1024 }));
// A connection that was opened meanwhile keeps the process.
process.exit();
