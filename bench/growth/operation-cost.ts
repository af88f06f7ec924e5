import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodbCostOf } from '../../test/dynamodb-cost.ts';
import type { Cost } from './growth-series.ts';

/**
 * Measures what it takes to act on one of several, one after the other.
 *
 * @param client makes no other calls meanwhile
 */
export async function costOf<Item>(
  client: DynamoDBDocumentClient,
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
): Promise<Cost> {
  const [start, startCpu] = [performance.now(), process.cpuUsage()];
  const { writes, reads, roundTrips, calls } = await dynamodbCostOf(client, async () => {
    for (const item of items) {
      await act(item);
    }
  });
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(startCpu);
  const count = items.length;
  return {
    milliseconds: milliseconds / count,
    cpuMilliseconds: (user + system) / 1000 / count,
    roundTrips: roundTrips / count,
    calls: calls.flat().length / count,
    writeUnits: writes / count,
    readUnits: reads / count,
  };
}
