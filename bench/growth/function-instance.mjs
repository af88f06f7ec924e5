// @ts-check
// A function instance that tells what its start and its answers take. Plain JavaScript, because nothing of the project but
// the bundle is loaded into this process.
const [, , module = ''] = process.argv;
const { handler } = await import(module);
process.send?.(taken(0, { user: 0, system: 0 }));

// The runner is gone, however it went.
process.once('disconnect', () => process.exit());
process.on('message', async (/** @type {unknown} */ event) => {
  const [start, startCpu] = [performance.now(), process.cpuUsage()];
  const { statusCode } = await handler(event, { getRemainingTimeInMillis: () => 10_000 });
  process.send?.({ ...taken(start, startCpu), statusCode });
});

/**
 * @param {number} start in milliseconds since the process began
 * @param {NodeJS.CpuUsage} startCpu
 */
function taken(start, startCpu) {
  const { user, system } = process.cpuUsage(startCpu);
  return { milliseconds: performance.now() - start, cpuMilliseconds: (user + system) / 1000 };
}
