import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { failedItems } from '../event-sources/batch-response.ts';
import type { StreamMapping } from '../event-sources/event-source-mappings.ts';
import type { Invoke } from '../functions/function-processes.ts';
import { localAccount } from '../local-account.ts';
import type { StreamRecord } from './dynamodb-streams.ts';

const FIRST_RETRY_MILLISECONDS = 50;
const LAST_RETRY_MILLISECONDS = 5_000;

/** What a batch is handed to. */
export interface StreamTarget {
  readonly mapping: StreamMapping;
  readonly invoke: Invoke;
  /** Takes what Lambda says of records that it gives up; undefined where the mapping names no destination. */
  readonly onFailure: ((message: string) => void) | undefined;
}

interface Part {
  readonly records: readonly StreamRecord[];
  /** How often it was tried again. */
  readonly retries: number;
}

/**
 * Hands records of a shard to the function, in their order, as Lambda does: those that it has not done it gets again,
 * and what it has not done after all retries, or is too old for another one, is given up.
 *
 * @param shardId where the records are from
 */
export async function deliverRecords(
  records: readonly StreamRecord[],
  shardId: string,
  target: StreamTarget,
  ending: AbortSignal,
): Promise<void> {
  const { mapping, onFailure } = target;
  const parts: Part[] = [{ records, retries: 0 }];
  for (let part = parts.shift(); part && !ending.aborted; part = parts.shift()) {
    const done = await countDone(part.records, target, ending);
    const rest = part.records.slice(done);
    if (rest.length === 0) {
      continue;
    }
    if (done > 0) {
      parts.unshift({ records: rest, retries: 0 });
    } else if (mapping.bisects && rest.length > 1) {
      // That does not count as a retry.
      const middle = Math.ceil(rest.length / 2);
      parts.unshift({ ...part, records: rest.slice(0, middle) }, { ...part, records: rest.slice(middle) });
    } else if (part.retries < mapping.mostRetries && !isTooOld(part, mapping)) {
      parts.unshift({ ...part, retries: part.retries + 1 });
      await pause(part.retries, ending);
    } else if (!ending.aborted) {
      process.stderr.write(
        `${mapping.functionArn}: it is not given ${rest.length} records of ${mapping.streamArn} again\n`,
      );
      onFailure?.(JSON.stringify(failureMessage(part, shardId, mapping)));
    }
  }
}

function isTooOld({ records }: Part, { mostAgeSeconds }: StreamMapping): boolean {
  const [first] = records;
  return first !== undefined && Date.now() / 1000 - first.dynamodb.ApproximateCreationDateTime > mostAgeSeconds;
}

/** How many of the records the function has done: all before the first that it has not. */
async function countDone(
  records: readonly StreamRecord[],
  { mapping, invoke }: StreamTarget,
  ending: AbortSignal,
): Promise<number> {
  const sequenceNumbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
  try {
    const returned = await invoke({
      Records: records.map((record) => ({
        ...record,
        awsRegion: localAccount.region,
        eventSourceARN: mapping.streamArn,
      })),
    });
    const failed = mapping.reportsFailures ? failedItems(returned, sequenceNumbers) : new Set<string>();
    if (!failed) {
      throw new Error('it returned no valid response to a batch');
    }
    const first = sequenceNumbers.findIndex((sequenceNumber) => failed.has(sequenceNumber));
    return first === -1 ? records.length : first;
  } catch (error) {
    if (!ending.aborted) {
      process.stderr.write(`${mapping.functionArn}: ${String(error)}\n`);
    }
    return 0;
  }
}

async function pause(retries: number, ending: AbortSignal): Promise<void> {
  const milliseconds = Math.min(FIRST_RETRY_MILLISECONDS * 2 ** retries, LAST_RETRY_MILLISECONDS);
  // It rejects when the run ends.
  await delay(milliseconds, undefined, { signal: ending }).catch(() => undefined);
}

/** What Lambda sends to the destination: where the records are, and not the records. */
function failureMessage({ records, retries }: Part, shardId: string, mapping: StreamMapping) {
  const { functionArn, streamArn, mostRetries } = mapping;
  const [first, last] = [records.at(0)?.dynamodb, records.at(-1)?.dynamodb];
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn,
      condition: retries < mostRetries ? 'RecordAgeExceeded' : 'RetryAttemptsExhausted',
      approximateInvokeCount: retries + 1,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.SequenceNumber,
      endSequenceNumber: last?.SequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first),
      approximateArrivalOfLastRecord: arrival(last),
      batchSize: records.length,
      streamArn,
    },
  };
}

/** As in `2026-11-24T03:21:02Z`. */
function arrival(change: StreamRecord['dynamodb'] | undefined): string | undefined {
  return change && new Date(change.ApproximateCreationDateTime * 1000).toISOString().replace(/\.\d+/, '');
}
