import { inject } from 'vitest';
import * as z from 'zod/mini';
import { openTableStream, type StreamRecord } from '../../../local/dynamodb/dynamodb-streams.ts';
import { type EventFilter, eventFilter } from '../../../local/event-sources/event-filter.ts';
import { receiverStacks } from '../../infra/receiver-stacks.ts';

const Mapping = z.object({
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
});

/** The filter of the function's event source, as the app has it. */
export function synthesizedFilter(): EventFilter {
  const template = receiverStacks({ sessionEndedEvents: true }).template();
  const mappings = template.findResources('AWS::Lambda::EventSourceMapping', {
    Properties: { StartingPosition: 'LATEST' },
  });
  const [properties] = Object.values(mappings).map(({ Properties }) => Mapping.parse(Properties));
  const patterns = properties?.FilterCriteria.Filters.map(({ Pattern }) => Pattern) ?? [];
  return eventFilter(patterns, 'Filters');
}

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
