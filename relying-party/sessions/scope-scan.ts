import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { SessionsTable } from './sessions-table.ts';

/** A part of the table. */
export interface ScannedScopes {
  /** How many items it has, of all kinds. */
  readonly items: number;
  /** Partitions of the scopes that its items name, each once. */
  readonly partitions: readonly string[];
}

const NamingItem = z.object({
  pk: z.string(),
  endings: z.catch(z.array(z.object({ partition: z.string() })), []),
});

const IS_SCOPE = /^(SUBJECT|SID)#/;

/**
 * Looks through the whole table for scopes: those that have a pointer or a not-before marker, and those of logouts that
 * were begun. So it finds all that the table knows of subjects and OP sessions, of all relying parties; also of those that
 * have no session in it.
 */
export async function* scanScopes({ client, tableName }: SessionsTable): AsyncGenerator<ScannedScopes> {
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'sk = :marker OR sk = :seenToken OR begins_with(sk, :pointer)',
        ProjectionExpression: 'pk, endings',
        ExpressionAttributeValues: { ':marker': 'NOT_BEFORE', ':seenToken': 'JTI', ':pointer': 'SESSION#' },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    const named = (page.Items ?? []).flatMap((item) => {
      const { pk, endings } = NamingItem.parse(item);
      return [pk, ...endings.map(({ partition }) => partition)];
    });
    yield {
      items: page.ScannedCount ?? 0,
      partitions: [...new Set(named)].filter((partition) => IS_SCOPE.test(partition)),
    };
    from = page.LastEvaluatedKey;
  } while (from);
}
