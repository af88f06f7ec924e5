import { failedItems } from '../event-sources/batch-response.ts';
import type { QueueMapping } from '../event-sources/event-source-mappings.ts';
import type { Invoke } from '../functions/function-processes.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { Queue } from './queue.ts';
import type { ReceivedMessage } from './queue-message.ts';
import { sqsEvent } from './sqs-event.ts';

/**
 * Hands the messages of a queue to a function, as Lambda does: what the function has done is deleted, and what it has
 * not done becomes visible again by itself.
 */
export function consumeQueue(mapping: QueueMapping, queue: Queue, invoke: Invoke, shutdown: Shutdown): void {
  const ending = new AbortController();
  const consuming = consume(mapping, queue, invoke, ending.signal);
  shutdown.onEnd(async () => {
    ending.abort();
    await consuming;
  });
}

async function consume(mapping: QueueMapping, queue: Queue, invoke: Invoke, ending: AbortSignal): Promise<void> {
  const batches = new Set<Promise<unknown>>();
  while (!ending.aborted) {
    const messages = await gather(mapping, queue, ending);
    if (messages.length > 0 && !ending.aborted) {
      const batch = handle(messages, mapping, queue, invoke, ending).finally(() => batches.delete(batch));
      batches.add(batch);
    }
    if (batches.size === mapping.mostConcurrent) {
      await Promise.race(batches);
    }
  }
  await Promise.all(batches);
}

/** Waits for messages, and then for more of them, until the batch is full or its window is over. */
async function gather(
  { batchSize, batchingWindowSeconds }: QueueMapping,
  queue: Queue,
  ending: AbortSignal,
): Promise<ReceivedMessage[]> {
  await queue.untilReceivable(ending);
  const messages = ending.aborted ? [] : queue.receive(batchSize);
  if (messages.length > 0 && batchingWindowSeconds > 0) {
    const over = AbortSignal.any([ending, AbortSignal.timeout(batchingWindowSeconds * 1000)]);
    while (messages.length < batchSize && !over.aborted) {
      await queue.untilReceivable(over);
      messages.push(...queue.receive(batchSize - messages.length));
    }
  }
  return messages;
}

async function handle(
  messages: readonly ReceivedMessage[],
  { functionArn, reportsFailures }: QueueMapping,
  queue: Queue,
  invoke: Invoke,
  ending: AbortSignal,
): Promise<void> {
  try {
    const returned = await invoke(sqsEvent(messages, queue.definition.arn));
    const identifiers = messages.map(({ messageId }) => messageId);
    const failed = reportsFailures ? failedItems(returned, identifiers) : new Set<string>();
    if (!failed) {
      throw new Error('it returned no valid response to a batch');
    }
    for (const { receiptHandle } of messages.filter(({ messageId }) => !failed.has(messageId))) {
      queue.delete(receiptHandle);
    }
  } catch (error) {
    if (!ending.aborted) {
      process.stderr.write(`${functionArn}: ${String(error)}\n`);
    }
  }
}
