import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables, type Table as TableDefinition } from '../../local/dynamodb/tables.ts';
import type { Stack } from '../../local/template/cloud-assembly.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { findOutput } from '../../local/template/template-resources.ts';
import type { Part } from '../measurement.ts';
import { issuerKeys } from './issuer-keys.ts';
import { relyingParties } from './relying-parties.ts';
import { sessionsOfASubject } from './sessions-of-a-subject.ts';
import { tableSize } from './table-size.ts';

const QUICK = {
  sessions: [1, 10, 100, 1000],
  items: [1000, 10_000, 100_000],
  parties: [1, 100, 10_000],
  keys: [1, 10, 100],
  rounds: 3,
  times: 8,
} as const;
const FULL = {
  sessions: [1, 10, 100, 1000, 10_000, 100_000],
  items: [10_000, 100_000, 1_000_000, 5_000_000],
  parties: [1, 10, 100, 1000, 10_000],
  keys: [1, 2, 5, 10, 20, 50, 100],
  rounds: 3,
  times: 20,
} as const;

/** What grows with the sessions, the table, the relying parties and the keys, and what stays as it is. */
export const growth: Part = {
  name: 'growth',
  async measure(isQuick, progress, shutdown) {
    const { sessions, items, parties, keys, rounds, times } = isQuick ? QUICK : FULL;
    const stacks = await synthesize(fileURLToPath(new URL('../../relying-parties.json', import.meta.url)), shutdown);
    const { endpoint } = await startDynamodbEngine(findEngine(), undefined, shutdown);
    const client = DynamoDBDocumentClient.from(dynamodbClient(endpoint));
    const [jwksCache, sessionsTable] = [tableOf(stacks, 'JwksCacheTableName'), tableOf(stacks, 'SessionsTableName')];
    await createTables(client, [jwksCache, sessionsTable], () => undefined);
    return [
      await issuerKeys(client, jwksCache.TableName, keys, rounds, shutdown, progress),
      await relyingParties(stacks, endpoint, parties, rounds, times, shutdown, progress),
      await sessionsOfASubject(sessionsTable, sessions, rounds, times, shutdown, progress),
      await tableSize(sessionsTable, items, rounds, times, shutdown, progress),
    ];
  },
};

/** Without its stream: the embedded engine is slower with it, and nothing here reads it. */
function tableOf(stacks: readonly Stack[], output: string): TableDefinition {
  const name = findOutput(stacks, output);
  const table = readTables(stacks).find(({ TableName }) => TableName === name);
  if (!table) {
    throw new Error(`the template has no table for its output ${output}`);
  }
  const { StreamSpecification: _, ...definition } = table;
  return definition;
}
