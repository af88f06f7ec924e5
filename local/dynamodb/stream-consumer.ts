import { setTimeout as delay } from 'node:timers/promises';
import type { Shutdown } from '../process/shutdown.ts';
import type { StreamPosition, StreamRecord, TableStream } from './dynamodb-streams.ts';

const POLL_MILLISECONDS = 100;
const AFTER_ERROR_MILLISECONDS = 1_000;

/** Who reads a stream, and how. */
export interface StreamReader {
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** How many records a batch has at most. */
  readonly batchSize: number;
  /** How long a batch waits for more records after its first. */
  readonly batchingWindowSeconds: number;
  readonly isWanted: (record: StreamRecord) => boolean;
  /** Waits until the next read, after one that found nothing. @default - for a tenth of a second */
  readonly pause?: (ending: AbortSignal) => Promise<void>;
  /** Takes the records of a shard, batch after batch: the next one comes when it is done with the last. */
  readonly deliver: (records: readonly StreamRecord[], shardId: string, ending: AbortSignal) => Promise<void>;
}

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
 * Hands on the records of a stream, as Lambda does: those of a shard one batch after the other.
 *
 * Shards that are added later, as DynamoDB does every few hours, are not followed; the embedded engine has one for good.
 *
 * @returns when it stands at its starting position
 * @throws Error where the stream cannot be read
 */
export async function consumeStream(reader: StreamReader, stream: TableStream, shutdown: Shutdown): Promise<void> {
  const { startingPosition: position } = reader;
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
  const consuming = cursors.map((cursor) => consumeShard(cursor, reader, stream, ending.signal));
  shutdown.onEnd(async () => {
    ending.abort();
    await Promise.all(consuming);
  });
}

async function consumeShard(cursor: Cursor, reader: StreamReader, stream: TableStream, ending: AbortSignal) {
  const { batchSize } = reader;
  while (!ending.aborted && !cursor.isAtEnd) {
    const records = await gather(cursor, reader, stream, ending);
    for (let start = 0; start < records.length; start += batchSize) {
      await reader.deliver(records.slice(start, start + batchSize), cursor.shardId, ending);
    }
  }
}

/** Waits for records, and then for more of them, until the batch is full or its window is over. */
async function gather(
  cursor: Cursor,
  { batchSize, batchingWindowSeconds, isWanted, pause: untilNext }: StreamReader,
  stream: TableStream,
  ending: AbortSignal,
): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  let windowEnd = Infinity;
  while (!ending.aborted && !cursor.isAtEnd && records.length < batchSize && Date.now() < windowEnd) {
    const read = await readNext(cursor, stream, ending);
    records.push(...read.filter(isWanted));
    if (records.length > 0) {
      windowEnd = Math.min(windowEnd, Date.now() + batchingWindowSeconds * 1000);
    }
    if (read.length === 0 && Date.now() < windowEnd) {
      await (untilNext ?? pauseFor(Math.min(POLL_MILLISECONDS, windowEnd - Date.now())))(ending);
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

const pauseFor = (milliseconds: number) => (ending: AbortSignal) => pause(milliseconds, ending);

async function pause(milliseconds: number, ending: AbortSignal): Promise<void> {
  // It rejects when the run ends.
  await delay(milliseconds, undefined, { signal: ending }).catch(() => undefined);
}
