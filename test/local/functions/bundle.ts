import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startFunctionProcess } from '../../../local/functions/function-process.ts';
import { functionProcesses, type Invoke } from '../../../local/functions/function-processes.ts';
import { lambdaEnvironment, type ServiceEndpoints } from '../../../local/functions/lambda-environment.ts';
import type { LambdaFunction } from '../../../local/functions/lambda-function.ts';
import type { ProcessBounds } from '../../../local/functions/process-slots.ts';
import { createRunningCode } from '../../../local/functions/running-code.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'local-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A function as a template would define it, with a bundle that holds this source. */
export function bundledFunction(
  source: string,
  properties: Partial<LambdaFunction> = {},
  file = 'index.mjs',
): LambdaFunction {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, file), source);
  return {
    name: 'Example',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:Example',
    directory,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    memoryMegabytes: 256,
    timeoutSeconds: 10,
    environment: {},
    logFormat: 'JSON',
    logLevel: 'INFO',
    logGroup: 'ExampleLogs',
    ...properties,
  };
}

const DYNAMODB: ServiceEndpoints = { dynamodb: 'http://127.0.0.1:8000' };

/** Runs the function in processes that are gone after the test. */
export function invoker(
  lambda: LambdaFunction,
  shutdown = createShutdown(),
  endpoints = DYNAMODB,
  bounds?: ProcessBounds,
): Invoke {
  onTestFinished(() => shutdown.end());
  const environment = lambdaEnvironment(lambda, endpoints, Date.UTC(2026, 10, 24));
  const start = () => startFunctionProcess(lambda, process.execPath, environment);
  return functionProcesses(start, shutdown, createRunningCode(shutdown), bounds);
}
