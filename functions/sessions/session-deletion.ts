import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import type { RelyingPartyIdentity, SubjectScope } from './item-keys.ts';
import { partitionsOf, sessionFrom, sessionKey } from './session.ts';
import { deletePointers, type PointersOfSession, pointerPages } from './session-pointer.ts';
import type { SessionsTable } from './sessions-table.ts';

/** Sessions deleted at once, as many as the AWS SDK opens connections by default. */
const CONCURRENCY = 50;

/**
 * Deletes the sessions that a scope's pointers name and that were issued at or before a time.
 *
 * @param partition of the scope
 * @param notBefore epoch seconds
 * @returns the `sub` of each session that was deleted
 * @throws the signal's reason, where it is aborted before all are deleted
 */
export async function deleteSessionsInScope(
  table: SessionsTable,
  partition: string,
  notBefore: number,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const subs: string[] = [];
  for await (const page of pointerPages(table, partition)) {
    // A session issued later belongs to a login made since: a logout delivered late or again must not end it.
    const covered = page.filter((pointer) => pointer.idTokenIssuedAt <= notBefore);
    for (let start = 0; start < covered.length; start += CONCURRENCY) {
      signal?.throwIfAborted();
      const batch = covered.slice(start, start + CONCURRENCY);
      const outcomes = await Promise.all(batch.map((pointer) => deleteSession(table, pointer)));
      await deletePointers(table, batch);
      subs.push(...outcomes.filter((sub) => sub !== undefined));
    }
  }
  return subs;
}

/**
 * Deletes a session and the pointers to it, whatever its scope.
 *
 * @param owner where given, sessions of others stay
 * @returns whether the session was there; one that is over and not deleted yet counts
 */
export async function deleteSessionById(
  table: SessionsTable,
  idHash: string,
  owner: RelyingPartyIdentity | SubjectScope | undefined,
): Promise<boolean> {
  const attributes = Object.entries({ ...owner });
  const deletion = await unlessRefused(
    table.client.send(
      new DeleteCommand({
        TableName: table.tableName,
        Key: sessionKey(idHash),
        ...(owner && {
          ConditionExpression: attributes.map(([name]) => `#${name} = :${name}`).join(' AND '),
          ExpressionAttributeNames: Object.fromEntries(attributes.map(([name]) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
        }),
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  if (!deletion?.Attributes) {
    return false;
  }
  const session = sessionFrom(deletion.Attributes);
  await deletePointers(table, [{ ...session, partitions: partitionsOf(session) }]);
  return true;
}

/**
 * Deletes what one `create` wrote: the session first, then the pointers to it. Were it the other way round, a run that
 * dies between the two would leave a session that nothing finds.
 */
export async function deleteCreation(table: SessionsTable, pointers: PointersOfSession): Promise<void> {
  await deleteSession(table, pointers);
  await deletePointers(table, [pointers]);
}

/** @returns the session's `sub`, or undefined where it was gone; another one that has taken the id since stays */
async function deleteSession(
  { client, tableName }: SessionsTable,
  { idHash, creation }: PointersOfSession,
): Promise<string | undefined> {
  const deletion = await unlessRefused(
    client.send(
      new DeleteCommand({
        TableName: tableName,
        Key: sessionKey(idHash),
        ConditionExpression: 'creation = :creation',
        ExpressionAttributeValues: { ':creation': creation },
        ReturnValues: 'ALL_OLD',
      }),
    ),
  );
  return deletion && String(deletion.Attributes?.sub);
}
