import { createQueue, type Queue } from './queue.ts';
import type { QueueDefinition } from './queue-definitions.ts';

/** The queues of the local run, by ARN. */
export type Queues = ReadonlyMap<string, Queue>;

/** Makes the queues, empty, and gives each its dead-letter queue. */
export function createQueues(definitions: readonly QueueDefinition[]): Queues {
  const queues = new Map<string, Queue>();
  for (const definition of definitions) {
    const { arn, redrive } = definition;
    queues.set(
      arn,
      createQueue(definition, (message) => queues.get(redrive?.deadLetterQueueArn ?? '')?.accept(message)),
    );
  }
  return queues;
}

/** Whether a queue is the dead-letter queue of another. */
export function isDeadLetterQueue(queues: Queues, arn: string): boolean {
  return [...queues.values()].some(({ definition }) => definition.redrive?.deadLetterQueueArn === arn);
}

/**
 * Moves all visible messages out of a dead-letter queue, as new ones. Those that are nobody's dead letters stay where no
 * destination is given.
 *
 * @param destination where they go; without it, each goes where it came from
 * @returns how many
 */
export function moveDeadLetters(queues: Queues, deadLetterQueue: Queue, destination: Queue | undefined): number {
  const target = (sourceArn: string | undefined) => destination ?? queues.get(sourceArn ?? '');
  const moved = deadLetterQueue.take((message) => Boolean(target(message.deadLetterSourceArn)));
  for (const { body, deadLetterSourceArn } of moved) {
    target(deadLetterSourceArn)?.send(body, 0);
  }
  return moved.length;
}
