import { randomUUID } from 'node:crypto';
import type { QueueDefinition } from './queue-definitions.ts';
import { type MovedMessage, md5, type QueuedMessage, type ReceivedMessage, receive, toMoved } from './queue-message.ts';

/** A standard queue. Its messages are in memory, and lost with the process. */
export interface Queue {
  readonly definition: QueueDefinition;
  /** @param delaySeconds how long it stays invisible; without it, as long as the queue's definition says */
  send(body: string, delaySeconds?: number): { messageId: string; md5OfBody: string };
  /**
   * Receives messages that are visible now, and hides them. Those that have been received too often go to the dead-letter
   * queue instead.
   *
   * @param most how many at most
   * @param visibilityTimeoutSeconds how long they stay hidden; without it, as long as the queue's definition says
   */
  receive(most: number, visibilityTimeoutSeconds?: number): ReceivedMessage[];
  /** Resolves when there is a message to receive, though another receiver may be faster, or when the signal is aborted. */
  untilReceivable(signal: AbortSignal): Promise<void>;
  /** Deletes a message, unless it was received again since. */
  delete(receiptHandle: string): void;
  /**
   * Hides a message that was received until that many seconds from now.
   *
   * @returns what is wrong with the receipt handle; undefined where nothing is
   */
  changeVisibility(receiptHandle: string, seconds: number): 'unknown' | 'not in flight' | undefined;
  /** Adds a message that was in another queue. */
  accept(message: MovedMessage): void;
  /** Removes the visible messages that are to be moved, and hands them over. */
  take(isMoved: (message: MovedMessage) => boolean): MovedMessage[];
  count(): { visible: number; notVisible: number; delayed: number };
}

/**
 * Makes an empty queue.
 *
 * @param toDeadLetterQueue takes messages that have been received too often
 */
export function createQueue(definition: QueueDefinition, toDeadLetterQueue: (message: MovedMessage) => void): Queue {
  let messages: readonly QueuedMessage[] = [];
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;

  /** Whatever changes the messages passes here, so that the timer is set for the next one to become visible. */
  function keep(next: readonly QueuedMessage[]): void {
    messages = next;
    clearTimeout(timer);
    if (waiting.size > 0 && messages.length > 0) {
      const visibleAt = messages.reduce((earliest, message) => Math.min(earliest, message.visibleAt), Infinity);
      timer = setTimeout(() => [...waiting].map((settle) => settle()), Math.max(0, visibleAt - Date.now()));
    }
  }

  function unexpired(now: number): readonly QueuedMessage[] {
    return messages.filter(({ sentAt }) => sentAt + definition.retentionSeconds * 1000 > now);
  }

  function isDead({ receiveCount }: QueuedMessage): boolean {
    return definition.redrive !== undefined && receiveCount >= definition.redrive.maxReceiveCount;
  }

  return {
    definition,
    send(body, delaySeconds = definition.delaySeconds) {
      const [id, now] = [randomUUID(), Date.now()];
      keep([...messages, { id, body, sentAt: now, receiveCount: 0, visibleAt: now + delaySeconds * 1000 }]);
      return { messageId: id, md5OfBody: md5(body) };
    },
    receive(most, visibilityTimeoutSeconds = definition.visibilityTimeoutSeconds) {
      const now = Date.now();
      const kept = unexpired(now);
      const visible = kept.filter(({ visibleAt }) => visibleAt <= now);
      const dead = visible.filter(isDead);
      const received = new Map(
        visible
          .filter((message) => !isDead(message))
          .slice(0, most)
          .map((message) => [message, receive(message, now, now + visibilityTimeoutSeconds * 1000)]),
      );
      keep(
        kept.filter((message) => !dead.includes(message)).map((message) => received.get(message)?.queued ?? message),
      );
      for (const message of dead) {
        toDeadLetterQueue({ ...toMoved(message), deadLetterSourceArn: definition.arn });
      }
      return [...received.values()].map(({ handedOut }) => handedOut);
    },
    untilReceivable: (signal) =>
      new Promise((resolve) => {
        const settle = () => {
          waiting.delete(settle);
          signal.removeEventListener('abort', settle);
          keep(messages);
          resolve();
        };
        waiting.add(settle);
        signal.addEventListener('abort', settle);
        if (signal.aborted) {
          settle();
        } else {
          keep(messages);
        }
      }),
    delete(receiptHandle) {
      keep(messages.filter((message) => message.receiptHandle !== receiptHandle));
    },
    changeVisibility(receiptHandle, seconds) {
      const [message, now] = [messages.find((candidate) => candidate.receiptHandle === receiptHandle), Date.now()];
      if (!message) {
        return 'unknown';
      }
      if (message.visibleAt <= now) {
        return 'not in flight';
      }
      const changed = { ...message, visibleAt: now + seconds * 1000 };
      keep(messages.map((other) => (other === message ? changed : other)));
      return undefined;
    },
    accept(message) {
      keep([...messages, { ...message, visibleAt: Date.now() }]);
    },
    take(isMoved) {
      const now = Date.now();
      const taken = unexpired(now).filter((message) => message.visibleAt <= now && isMoved(message));
      keep(messages.filter((message) => !taken.includes(message)));
      return taken.map(toMoved);
    },
    count() {
      const now = Date.now();
      const hidden = unexpired(now).filter(({ visibleAt }) => visibleAt > now);
      const delayed = hidden.filter(({ receiptHandle }) => receiptHandle === undefined);
      return {
        visible: unexpired(now).length - hidden.length,
        notVisible: hidden.length - delayed.length,
        delayed: delayed.length,
      };
    },
  };
}
