import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { type LogoutScope, type RelyingPartyIdentity, scopePartition } from './item-keys.ts';
import { partitionsOf, sessionKey, storedSessionFrom } from './session.ts';
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
      const outcomes = await Promise.all(batch.map((pointer) => deleteCreation(table, pointer)));
      deleted += outcomes.filter(Boolean).length;
    }
  }
  return deleted;
}

/**
 * Deletes a session and the pointers to it, whatever its scope.
 *
 * @param owner where given, sessions of others stay
 */
export async function deleteSessionById(
  table: SessionsTable,
  idHash: string,
  owner: RelyingPartyIdentity | undefined,
): Promise<void> {
  const deletion = await unlessRefused(
    table.client.send(
      new DeleteCommand({
        TableName: table.tableName,
        Key: sessionKey(idHash),
        ...(owner && {
          ConditionExpression: 'issuer = :issuer AND clientId = :clientId',
          ExpressionAttributeValues: { ':issuer': owner.issuer, ':clientId': owner.clientId },
        }),
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  if (deletion?.Attributes) {
    const { session, creation } = storedSessionFrom(deletion.Attributes);
    await deletePointers(table, { idHash, creation, partitions: partitionsOf(session) });
  }
}

/**
 * Deletes what one `create` wrote: the session first, then the pointers to it. Were it the other way round, a run that
 * dies between the two would leave a session that nothing finds.
 *
 * @returns whether the session was there; another one that has taken the id since stays
 */
export async function deleteCreation(
  table: SessionsTable,
  pointer: Omit<SessionPointer, 'idTokenIssuedAt'>,
): Promise<boolean> {
  const deletion = await unlessRefused(
    table.client.send(
      new DeleteCommand({
        TableName: table.tableName,
        Key: sessionKey(pointer.idHash),
        ConditionExpression: 'creation = :creation',
        ExpressionAttributeValues: { ':creation': pointer.creation },
      }),
    ),
  );
  await deletePointers(table, pointer);
  return deletion !== undefined;
}
