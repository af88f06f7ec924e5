import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { type LogoutScope, scopePartition } from './item-keys.ts';
import { partitionsOf, sessionFrom, sessionKey } from './session.ts';
import { deletePointers, pointerPages, type SessionPointer } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';

/** Sessions deleted at once; half of the connections the AWS SDK opens by default, since each deletes two pointers. */
const CONCURRENCY = 25;

/**
 * Deletes the sessions that a scope's pointers name and that were issued at or before a time.
 *
 * @param notBefore epoch seconds
 * @returns how many sessions were deleted
 */
export async function deleteSessionsInScope(
  table: SessionsTable,
  scope: LogoutScope,
  notBefore: number,
): Promise<number> {
  let deleted = 0;
  for await (const page of pointerPages(table, scopePartition(scope))) {
    // A session issued later belongs to a login made since: a logout delivered late or again must not end it.
    const covered = page.filter((pointer) => pointer.idTokenIssuedAt <= notBefore);
    for (let start = 0; start < covered.length; start += CONCURRENCY) {
      const batch = covered.slice(start, start + CONCURRENCY);
      const outcomes = await Promise.all(batch.map((pointer) => deleteSession(table, scope, pointer, notBefore)));
      deleted += outcomes.filter(Boolean).length;
    }
  }
  return deleted;
}

/** Deletes a session and the pointers to it, whatever its scope. */
export async function deleteSessionById(table: SessionsTable, idHash: string): Promise<void> {
  const { Attributes } = await table.client.send(
    new DeleteCommand({ TableName: table.tableName, Key: sessionKey(idHash), ReturnValues: 'ALL_OLD' }),
  );
  if (Attributes) {
    const session = sessionFrom(Attributes);
    await deletePointers(table, { ...session, partitions: partitionsOf(session) });
  }
}

/**
 * The session first, then the pointers to it: were it the other way round, a run that dies between the two would leave
 * a session that nothing finds.
 */
async function deleteSession(
  table: SessionsTable,
  scope: LogoutScope,
  pointer: SessionPointer,
  notBefore: number,
): Promise<boolean> {
  const [name, value] = 'sid' in scope ? ['sid', scope.sid] : ['sub', scope.sub];
  const deletion = await unlessRefused(
    table.client.send(
      new DeleteCommand({
        TableName: table.tableName,
        Key: sessionKey(pointer.idHash),
        // The id may have been taken again since the pointer was read: only what the scope covers may go.
        ConditionExpression:
          'attribute_not_exists(pk) OR (issuer = :issuer AND clientId = :clientId AND #name = :value AND idTokenIssuedAt <= :notBefore)',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: {
          ':issuer': scope.issuer,
          ':clientId': scope.clientId,
          ':value': value,
          ':notBefore': notBefore,
        },
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  if (deletion) {
    await deletePointers(table, pointer);
  }
  return deletion?.Attributes !== undefined;
}
