import { setTimeout as delay } from 'node:timers/promises';
import type { Shutdown } from '../process/shutdown.ts';
import type { StreamPosition, StreamRecord, TableStream } from './dynamodb-streams.ts';
import { deliverRecords, type StreamTarget } from './stream-batch.ts';

const POLL_MILLISECONDS = 100;
const AFTER_ERROR_MILLISECONDS = 1_000;

/** Where the consumer stands in a shard. */
interface Cursor {
  readonly shardId: string;
  /** After the last record that was read. */
  position: StreamPosition;
  /** Undefined where it has to be asked for. */
  iterator: string | undefined;
  isAtEnd: boolean;
}

/**
 * Hands the records of a stream to a function, as Lambda does: those of a shard one batch after the other.
 *
 * Shards that are added later, as DynamoDB does every few hours, are not followed; the embedded engine has one for good.
 *
 * @returns when it stands at its starting position
 * @throws Error where the stream cannot be read
 */
export async function consumeStream(target: StreamTarget, stream: TableStream, shutdown: Shutdown): Promise<void> {
  const { startingPosition: position } = target.mapping;
  const cursors = await Promise.all(
    (await stream.shardIds()).map(
      async (shardId): Promise<Cursor> => ({
        shardId,
        position,
        iterator: await stream.iteratorAt(shardId, position),
        isAtEnd: false,
      }),
    ),
  );
  const ending = new AbortController();
  const consuming = cursors.map((cursor) => consumeShard(cursor, target, stream, ending.signal));
  shutdown.onEnd(async () => {
    ending.abort();
    await Promise.all(consuming);
  });
}

async function consumeShard(cursor: Cursor, target: StreamTarget, stream: TableStream, ending: AbortSignal) {
  const { batchSize } = target.mapping;
  while (!ending.aborted && !cursor.isAtEnd) {
    const records = await gather(cursor, target, stream, ending);
    for (let start = 0; start < records.length; start += batchSize) {
      await deliverRecords(records.slice(start, start + batchSize), cursor.shardId, target, ending);
    }
  }
}

/** Waits for records, and then for more of them, until the batch is full or its window is over. */
async function gather(
  cursor: Cursor,
  { mapping }: StreamTarget,
  stream: TableStream,
  ending: AbortSignal,
): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  let windowEnd = Infinity;
  while (!ending.aborted && !cursor.isAtEnd && records.length < mapping.batchSize && Date.now() < windowEnd) {
    const read = await readNext(cursor, stream, ending);
    records.push(...read.filter(mapping.isWanted));
    if (records.length > 0) {
      windowEnd = Math.min(windowEnd, Date.now() + mapping.batchingWindowSeconds * 1000);
    }
    if (read.length === 0 && Date.now() < windowEnd) {
      await pause(Math.min(POLL_MILLISECONDS, windowEnd - Date.now()), ending);
    }
  }
  return records;
}

/** The records that follow. A failure is reported, and leaves the cursor where it was. */
async function readNext(cursor: Cursor, stream: TableStream, ending: AbortSignal): Promise<readonly StreamRecord[]> {
  try {
    cursor.iterator ??= await stream.iteratorAt(cursor.shardId, cursor.position);
    const { records, next } = await stream.read(cursor.iterator);
    const last = records.at(-1);
    if (last) {
      cursor.position = { afterSequenceNumber: last.dynamodb.SequenceNumber };
    }
    cursor.iterator = next;
    cursor.isAtEnd = next === undefined;
    return records;
  } catch (error) {
    // An iterator does not live for long: a machine that slept gets another one.
    cursor.iterator = undefined;
    if (!ending.aborted) {
      process.stderr.write(`${String(error)}\n`);
      await pause(AFTER_ERROR_MILLISECONDS, ending);
    }
    return [];
  }
}

async function pause(milliseconds: number, ending: AbortSignal): Promise<void> {
  // It rejects when the run ends.
  await delay(milliseconds, undefined, { signal: ending }).catch(() => undefined);
}
