import { openTableStream } from '../dynamodb/dynamodb-streams.ts';
import { consumeStream, type StreamReader } from '../dynamodb/stream-consumer.ts';
import type { Table } from '../dynamodb/tables.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { RunWatcher } from './watch.ts';

/**
 * Tells a watcher of the changes in a table from now on.
 *
 * @param endpoint of DynamoDB
 * @param warn is told, in one line, where the engine cannot tell of them
 * @throws Error where the stream cannot be read
 */
export async function watchTable(
  endpoint: string,
  { TableName, StreamSpecification }: Table,
  { onRecord, pace }: RunWatcher,
  shutdown: Shutdown,
  warn: (line: string) => void,
): Promise<void> {
  const stream = await openTableStream(endpoint, TableName, StreamSpecification?.StreamViewType);
  if (!stream) {
    warn(`this DynamoDB engine knows no streams: the page does not show the items of ${TableName}`);
    return;
  }
  const reader: StreamReader = {
    startingPosition: 'LATEST',
    batchSize: 100,
    batchingWindowSeconds: 0,
    isWanted: () => true,
    pause: (ending) => pace.pause(ending),
    deliver: async (records) => records.forEach(onRecord),
  };
  await consumeStream(reader, stream, shutdown);
}
