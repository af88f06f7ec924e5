import { inject } from 'vitest';
import { openTableStream, type StreamRecord } from '../../../local/dynamodb/dynamodb-streams.ts';

/** @returns a function that gives the changes of a table since the last call */
export async function tableChanges(tableName: string): Promise<() => Promise<readonly StreamRecord[]>> {
  const stream = await openTableStream(inject('dynamodbEndpoint'), tableName, 'NEW_AND_OLD_IMAGES');
  const [shardId] = (await stream?.shardIds()) ?? [];
  if (!stream || shardId === undefined) {
    throw new Error('the table has no stream');
  }
  let iterator = await stream.iteratorAt(shardId, 'TRIM_HORIZON');
  return async () => {
    const { records, next } = await stream.read(iterator);
    if (next === undefined) {
      throw new Error('the shard is at its end');
    }
    iterator = next;
    return records;
  };
}
