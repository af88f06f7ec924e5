import type { Shutdown } from '../process/shutdown.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { startFunctionProcess } from './function-process.ts';
import { functionProcesses, type Invoke } from './function-processes.ts';
import { lambdaEnvironment, type ServiceEndpoints } from './lambda-environment.ts';
import { readLambdaFunction } from './lambda-function.ts';
import { lambdaNode } from './lambda-node.ts';
import { processBounds } from './process-slots.ts';
import { createRunningCode, type RunningCode } from './running-code.ts';

/**
 * Prepares functions of the templates to be invoked. Their processes start when they are.
 *
 * @param arns of the functions; one that is there twice is prepared once
 * @param warn is told, in one line, where a function differs from a deployment
 * @param onLine is told each line that a function writes; without it, lines go to stderr as they are
 * @param code that they run
 * @returns what invokes them, by ARN
 * @throws StartupError where the templates have no such function
 */
export function prepareFunctions(
  stacks: readonly Stack[],
  arns: readonly string[],
  endpoints: ServiceEndpoints,
  shutdown: Shutdown,
  warn: (line: string) => void,
  onLine?: (line: string) => void,
  code = createRunningCode(shutdown),
): ReadonlyMap<string, Invoke> {
  return new Map(
    [...new Set(arns)].map((arn) => [arn, prepareFunction(stacks, arn, endpoints, shutdown, warn, onLine, code)]),
  );
}

function prepareFunction(
  stacks: readonly Stack[],
  arn: string,
  endpoints: ServiceEndpoints,
  shutdown: Shutdown,
  warn: (line: string) => void,
  onLine: ((line: string) => void) | undefined,
  code: RunningCode,
): Invoke {
  const deployed = readLambdaFunction(stacks, arn);
  const node = lambdaNode(deployed.runtime, warn);
  const start = () => {
    const lambda = { ...deployed, directory: code.directoryOf(deployed.directory) };
    return startFunctionProcess(lambda, node, lambdaEnvironment(lambda, endpoints, Date.now()), onLine);
  };
  return functionProcesses(start, shutdown, code, processBounds(deployed.reservedConcurrency));
}
