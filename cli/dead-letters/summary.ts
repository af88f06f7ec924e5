import type { DeadLetter } from './dead-letter.ts';

/** Dead letters of one kind and one origin. Times are epoch seconds. */
export interface DeadLetterGroup {
  readonly kind: DeadLetter['kind'];
  readonly origin: DeadLetter['origin'];
  readonly messages: number;
  /** Of the stream, where that is what was given up. */
  readonly records?: number | undefined;
  readonly oldestReceivedAt?: number | undefined;
  readonly newestReceivedAt?: number | undefined;
}

/** @returns the largest group first */
export function summaryOf(letters: readonly DeadLetter[]): readonly DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const letter of letters) {
    const name = JSON.stringify([letter.kind, letter.origin]);
    groups.set(name, withLetter(groups.get(name), letter));
  }
  return [...groups.values()].sort((one, other) => other.messages - one.messages);
}

function withLetter(group: DeadLetterGroup | undefined, letter: DeadLetter): DeadLetterGroup {
  const { kind, origin, records, receivedAt } = letter;
  const received = [group?.oldestReceivedAt, group?.newestReceivedAt, receivedAt].filter((time) => time !== undefined);
  return {
    kind,
    origin,
    messages: (group?.messages ?? 0) + 1,
    ...(records !== undefined && { records: (group?.records ?? 0) + records }),
    ...(received.length > 0 && {
      oldestReceivedAt: Math.min(...received),
      newestReceivedAt: Math.max(...received),
    }),
  };
}
