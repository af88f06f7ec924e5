import { inPlainWords } from '../aws/aws-failure.ts';
import type { AwsConfiguration } from '../aws/aws-options.ts';
import type { StackResource } from '../aws/deployed-stack.ts';
import { shortName } from '../aws/resource-name.ts';
import type { Finding } from '../finding.ts';

export interface FunctionState {
  /** As the stack calls it. */
  readonly name: string;
  readonly runtime: string;
  readonly state: string;
  readonly lastUpdate: string;
  readonly why?: string | undefined;
  /** How many may run at once; undefined where it is not limited. */
  readonly reserved?: number | undefined;
}

/** An event source mapping. */
export interface EventSourceState {
  /** Where the events come from, for people. */
  readonly source: string;
  readonly functionName: string;
  readonly state: string;
  /** What Lambda says of the last records; undefined where it says nothing. */
  readonly lastResult?: string | undefined;
}

/** What the functions are deployed with, and tested on. */
const RUNTIME = 'nodejs24.x';

/** @throws FailedError where nobody may look */
export async function readFunction(
  configuration: AwsConfiguration,
  { logicalId, physicalId: FunctionName }: StackResource,
): Promise<FunctionState> {
  const { GetFunctionConcurrencyCommand, GetFunctionConfigurationCommand, LambdaClient } = await import(
    '@aws-sdk/client-lambda'
  );
  const client = new LambdaClient(configuration);
  const [state, { ReservedConcurrentExecutions: reserved }] = await inPlainWords(
    Promise.all([
      client.send(new GetFunctionConfigurationCommand({ FunctionName })),
      client.send(new GetFunctionConcurrencyCommand({ FunctionName })),
    ]),
  );
  return {
    name: shortName(logicalId),
    runtime: state.Runtime ?? 'unknown',
    state: state.State ?? 'unknown',
    lastUpdate: state.LastUpdateStatus ?? 'unknown',
    why: state.StateReason ?? state.LastUpdateStatusReason,
    reserved,
  };
}

export function functionFinding({ name, runtime, state, lastUpdate, why, reserved }: FunctionState): Finding {
  const code = 'function';
  const because = why === undefined ? '' : `: ${why}`;
  const text = `function ${name}`;
  if (reserved === 0) {
    const advice = 'somebody has stopped it: remove its reserved concurrency of 0';
    return { code, level: 'problem', text: `${text} may not run at all`, advice };
  }
  // One that nobody has called for weeks is made ready with the next call.
  if (state !== 'Active' && state !== 'Inactive') {
    return { code, level: 'problem', text: `${text} is ${state}${because}`, advice: 'see it in the Lambda console' };
  }
  if (lastUpdate !== 'Successful') {
    const advice = lastUpdate === 'InProgress' ? 'wait for the deployment' : 'deploy again: the old code runs';
    return { code, level: 'problem', text: `${text}: its last update is ${lastUpdate}${because}`, advice };
  }
  return runtime === RUNTIME
    ? { code, level: 'good', text: `${text} is active (${runtime})` }
    : { code, level: 'note', text: `${text} is active on ${runtime}, and tested on ${RUNTIME}` };
}

/** @throws FailedError where nobody may look */
export async function readEventSource(
  configuration: AwsConfiguration,
  { physicalId: UUID }: StackResource,
): Promise<EventSourceState> {
  const { GetEventSourceMappingCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const mapping = await inPlainWords(new LambdaClient(configuration).send(new GetEventSourceMappingCommand({ UUID })));
  return {
    source: sourceName(mapping.EventSourceArn ?? 'unknown'),
    functionName: shortName(mapping.FunctionArn?.split(':')[6] ?? 'unknown'),
    state: mapping.State ?? 'unknown',
    lastResult: mapping.LastProcessingResult,
  };
}

/** Of the ARN of a queue or of a table's stream. */
function sourceName(arn: string): string {
  const resource = arn.split(':').slice(5).join(':');
  const [, table] = /^table\/([^/]+)\/stream\//.exec(resource) ?? [];
  return table === undefined ? `the queue ${shortName(resource)}` : `the stream of ${shortName(table)}`;
}

export function eventSourceFinding({ source, functionName, state, lastResult = '' }: EventSourceState): Finding {
  const code = 'event_source';
  const text = `function ${functionName} is fed from ${source}`;
  if (state !== 'Enabled') {
    return {
      code,
      level: 'problem',
      text: `${text}: ${state}`,
      advice: 'enable the event source mapping: what was deferred or interrupted is not finished without',
    };
  }
  return lastResult.startsWith('PROBLEM')
    ? { code, level: 'problem', text: `${text}, and fails: ${lastResult}`, advice: "see the function's log" }
    : { code, level: 'good', text };
}
