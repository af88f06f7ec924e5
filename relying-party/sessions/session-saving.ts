import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused } from './conditional-write.ts';
import { jsonObject, requireFuture } from './input-checks.ts';
import type { RelyingPartyIdentity } from './item-keys.ts';
import { type Session, sessionFrom, sessionKey } from './session.ts';
import { SessionNotFoundError } from './session-errors.ts';
import type { SessionsTable } from './sessions-table.ts';

/** What a save changes; what is left out stays. */
export interface SessionChanges {
  readonly data?: Record<string, unknown> | undefined;
  /** Epoch seconds; cut to the session's latest end. */
  readonly expiresAt?: number | undefined;
  /**
   * Save only the session that has this `creation`, and none that has taken the id since.
   * @default - whichever session has the id
   */
  readonly creation?: string | undefined;
}

/**
 * Saves changes of a session: an update on the condition that it is there, which never creates one.
 *
 * @param owner where given, sessions of others are not found
 * @param now epoch seconds
 */
export async function saveSession(
  table: SessionsTable,
  idHash: string,
  changes: SessionChanges,
  owner: RelyingPartyIdentity | undefined,
  now: number,
  maxSessionLifetimeSeconds: number,
): Promise<Session> {
  const assignments = ['createdAt = createdAt'];
  const values: Record<string, unknown> = { ':now': now };
  if (changes.data !== undefined) {
    assignments.push('#data = :data');
    values[':data'] = jsonObject('data', changes.data);
  }
  if (changes.expiresAt !== undefined) {
    assignments.push('expiresAt = :expiresAt');
    // The item's own latestExpiresAt is the limit, and checked on every read; this one lets DynamoDB clean up in time.
    values[':expiresAt'] = Math.min(
      requireFuture('expiresAt', changes.expiresAt, now),
      now + maxSessionLifetimeSeconds,
    );
  }
  const conditions = ['attribute_exists(pk)', 'expiresAt > :now', 'latestExpiresAt > :now'];
  if (owner) {
    conditions.push('issuer = :issuer', 'clientId = :clientId');
    Object.assign(values, { ':issuer': owner.issuer, ':clientId': owner.clientId });
  }
  if (changes.creation !== undefined) {
    conditions.push('creation = :creation');
    values[':creation'] = changes.creation;
  }
  const saved = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: sessionKey(idHash),
        UpdateExpression: `SET ${assignments.join(', ')}`,
        ConditionExpression: conditions.join(' AND '),
        ...(changes.data && { ExpressionAttributeNames: { '#data': 'data' } }),
        ExpressionAttributeValues: values,
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  const session = saved?.Attributes && sessionFrom(saved.Attributes);
  if (!session) {
    throw new SessionNotFoundError();
  }
  return session;
}
