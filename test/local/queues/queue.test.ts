import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createQueue } from '../../../local/queues/queue.ts';
import type { MovedMessage } from '../../../local/queues/queue-message.ts';

const definition = {
  name: 'Queue',
  arn: 'arn:aws:sqs:us-east-1:000000000000:Queue',
  visibilityTimeoutSeconds: 30,
  retentionSeconds: 60,
  delaySeconds: 5,
  waitSeconds: 0,
  mostBytes: 1024,
  redrive: { deadLetterQueueArn: 'arn:aws:sqs:us-east-1:000000000000:DeadLetters', maxReceiveCount: 1 },
};

beforeEach(() => void vi.useFakeTimers({ now: 0, toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe('a queue', () => {
  it('delays messages as it is defined, where the sender says nothing else', () => {
    const queue = createQueue(definition, () => undefined);
    queue.send('a');
    queue.send('b', 0);
    expect(queue.receive(10).map(({ body }) => body)).toEqual(['b']);
    vi.setSystemTime(5_000);
    expect(queue.receive(10).map(({ body }) => body)).toEqual(['a']);
  });

  it('drops a message when it has kept it as long as it is defined to, and makes no dead letter of it', () => {
    const deadLetters: MovedMessage[] = [];
    const queue = createQueue(definition, (message) => deadLetters.push(message));
    queue.send('a', 0);
    queue.receive(1);
    vi.setSystemTime(59_999);
    expect(queue.count()).toEqual({ visible: 1, notVisible: 0, delayed: 0 });
    vi.setSystemTime(60_000);
    expect(queue.count()).toEqual({ visible: 0, notVisible: 0, delayed: 0 });
    expect([queue.receive(1), deadLetters]).toEqual([[], []]);
  });

  it('makes a dead letter with the time at which it was sent, so that it is kept no longer for that', () => {
    const deadLetters: MovedMessage[] = [];
    const queue = createQueue(definition, (message) => deadLetters.push(message));
    const { messageId } = queue.send('a', 0);
    queue.receive(1);
    vi.setSystemTime(30_000);
    expect(queue.receive(1)).toEqual([]);
    expect(deadLetters).toEqual([
      { id: messageId, body: 'a', sentAt: 0, receiveCount: 1, firstReceivedAt: 0, deadLetterSourceArn: definition.arn },
    ]);
  });
});
