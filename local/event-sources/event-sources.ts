import { dynamodbProblem } from '../dynamodb/dynamodb-client.ts';
import { openTableStream } from '../dynamodb/dynamodb-streams.ts';
import { deliverRecords, type StreamTarget } from '../dynamodb/stream-batch.ts';
import { consumeStream, type StreamReader } from '../dynamodb/stream-consumer.ts';
import { readTables } from '../dynamodb/tables.ts';
import { prepareFunctions } from '../functions/deployed-functions.ts';
import type { Invoke } from '../functions/function-processes.ts';
import type { ServiceEndpoints } from '../functions/lambda-environment.ts';
import { readLambdaFunction } from '../functions/lambda-function.ts';
import { createRunningCode } from '../functions/running-code.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import type { Queue } from '../queues/queue.ts';
import { consumeQueue } from '../queues/queue-consumer.ts';
import type { Queues } from '../queues/queues.ts';
import type { ServedQueues } from '../queues/sqs.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { type QueueMapping, readEventSourceMappings, type StreamMapping } from './event-source-mappings.ts';

/**
 * Prepares the functions that are invoked by a route, a schedule or an event source, and has the event sources invoke theirs.
 *
 * @param routed ARNs of the functions of routes and schedules
 * @param endpoints for the functions
 * @param warn is told, in one line, where the local run differs from a deployment
 * @param onLine is told each line that a function writes; without it, lines go to stderr as they are
 * @param code that they run
 * @returns what invokes the functions, by ARN
 * @throws StartupError where an event source takes more than the local run knows
 */
export async function connectFunctions(
  stacks: readonly Stack[],
  routed: readonly string[],
  { queues }: ServedQueues,
  endpoints: ServiceEndpoints,
  shutdown: Shutdown,
  warn: (line: string) => void,
  onLine?: (line: string) => void,
  code = createRunningCode(shutdown),
): Promise<ReadonlyMap<string, Invoke>> {
  const mappings = readEventSourceMappings(stacks);
  const mapped = [...mappings.queues, ...mappings.streams].map(({ functionArn }) => functionArn);
  const functions = prepareFunctions(stacks, [...routed, ...mapped], endpoints, shutdown, warn, onLine, code);
  for (const mapping of mappings.queues) {
    const queue = mappedQueue(stacks, queues, mapping);
    consumeQueue(mapping, queue, invokeOf(functions, mapping.functionArn), shutdown);
  }
  for (const mapping of mappings.streams) {
    const target = {
      mapping,
      invoke: invokeOf(functions, mapping.functionArn),
      onFailure: destinationOf(mapping, queues),
    };
    await connectStream(target, endpoints.streams ?? endpoints.dynamodb, viewTypeOf(stacks, mapping), shutdown, warn);
  }
  return functions;
}

async function connectStream(
  target: StreamTarget,
  dynamodb: string,
  viewType: ReturnType<typeof viewTypeOf>,
  shutdown: Shutdown,
  warn: (line: string) => void,
): Promise<void> {
  const { tableName, functionArn } = target.mapping;
  try {
    const stream = await openTableStream(dynamodb, tableName, viewType);
    if (stream) {
      const reader: StreamReader = {
        ...target.mapping,
        deliver: (records, shardId, ending) => deliverRecords(records, shardId, target, ending),
      };
      await consumeStream(reader, stream, shutdown);
    } else {
      warn(`this DynamoDB engine knows no streams: ${functionArn} is not told of changes of ${tableName}`);
    }
  } catch (cause) {
    throw dynamodbProblem(dynamodb, cause);
  }
}

function destinationOf({ onFailureArn, functionArn }: StreamMapping, queues: Queues): StreamTarget['onFailure'] {
  if (onFailureArn === undefined) {
    return undefined;
  }
  const queue = queues.get(onFailureArn);
  if (!queue) {
    throw new StartupError(`the synthesized template has no queue ${onFailureArn}, the destination of ${functionArn}`);
  }
  return (message) => void queue.send(message);
}

function viewTypeOf(stacks: readonly Stack[], { tableName, streamArn }: StreamMapping) {
  const table = readTables(stacks).find(({ TableName }) => TableName === tableName);
  if (!table?.StreamSpecification) {
    throw new StartupError(`the synthesized template has no stream ${streamArn}, which an event source mapping names`);
  }
  return table.StreamSpecification.StreamViewType;
}

/** Lambda refuses a queue that shows a message again before the function must be done with it. */
function mappedQueue(stacks: readonly Stack[], queues: Queues, { queueArn, functionArn }: QueueMapping): Queue {
  const queue = queues.get(queueArn);
  if (!queue) {
    throw new StartupError(`the synthesized template has no queue ${queueArn}, which an event source mapping names`);
  }
  const { visibilityTimeoutSeconds } = queue.definition;
  const { timeoutSeconds } = readLambdaFunction(stacks, functionArn);
  if (visibilityTimeoutSeconds < timeoutSeconds) {
    throw new StartupError(
      `${queueArn}: its visibility timeout of ${visibilityTimeoutSeconds} seconds must not be under the ${timeoutSeconds} seconds of ${functionArn}`,
    );
  }
  return queue;
}

function invokeOf(functions: ReadonlyMap<string, Invoke>, arn: string): Invoke {
  const invoke = functions.get(arn);
  if (!invoke) {
    throw new StartupError(`the synthesized template has no function ${arn}`);
  }
  return invoke;
}
