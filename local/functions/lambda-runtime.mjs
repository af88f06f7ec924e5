// @ts-check
// Runs a function's handler in a process of its own, as Lambda's runtime does: one event at a time.
// Plain JavaScript, because nothing of the project but the bundle is loaded into this process.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Invocation
 * @property {unknown} event
 * @property {string} requestId
 * @property {string} functionArn
 * @property {number} deadline in milliseconds since the epoch
 */

const {
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryLimitInMB,
  AWS_LAMBDA_FUNCTION_NAME: functionName,
  AWS_LAMBDA_FUNCTION_VERSION: functionVersion,
  AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
  AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
  LAMBDA_TASK_ROOT: directory = '.',
  _HANDLER: handlerName = '',
} = process.env;

// The runner is gone, however it went.
process.once('disconnect', () => process.exit());

const handler = await loadHandler();
process.on('message', (/** @type {Invocation} */ invocation) => void handle(invocation));
process.send?.({ type: 'ready' });

async function loadHandler() {
  const dot = handlerName.lastIndexOf('.');
  const [moduleName, exportName] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  const file = ['.mjs', '.js', '.cjs']
    .map((extension) => join(directory, `${moduleName}${extension}`))
    .find((path) => existsSync(path));
  if (!file) {
    throw new Error(`there is no module ${moduleName} in ${directory}`);
  }
  const module = await import(pathToFileURL(file).href);
  const exported = module[exportName] ?? module.default?.[exportName];
  if (typeof exported !== 'function') {
    throw new TypeError(`${file} exports no function ${exportName}`);
  }
  return exported;
}

/** @param {Invocation} invocation */
async function handle({ event, requestId, functionArn, deadline }) {
  const context = {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    invokedFunctionArn: functionArn,
    logGroupName,
    logStreamName,
    memoryLimitInMB,
  };
  try {
    const payload = JSON.stringify((await handler(event, context)) ?? null);
    process.send?.({ type: 'result', payload });
  } catch (error) {
    console.error(error);
    process.send?.({ type: 'failure', message: String(error) });
  }
}
