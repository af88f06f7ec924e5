import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { RelyingPartyIdentity } from './item-keys.ts';
import type { Session } from './session.ts';
import type { SessionsTable } from './sessions-table.ts';

/** A part of the table. */
export interface ScannedPage {
  /** How many items it has, of all kinds. */
  readonly items: number;
  readonly sessions: readonly ScannedSession[];
}

/** Of a session that a look through the whole table has found. */
export type ScannedSession = Pick<Session, 'idHash' | 'creation' | 'sub'>;

const ScannedItem = z.object({
  pk: z.string(),
  creation: z.string(),
  sub: z.string(),
  idTokenIssuedAt: z.number(),
  expiresAt: z.number(),
  latestExpiresAt: z.number(),
});

/**
 * Looks through the whole table for the live sessions of a relying party that were issued at or before a time: nothing
 * points to all sessions of a client.
 *
 * A session that is made while the table is read may be missed.
 *
 * @param notBefore epoch seconds by the OP's clock
 * @param now epoch seconds
 */
export async function* scanSessions(
  { client, tableName }: SessionsTable,
  { issuer, clientId }: RelyingPartyIdentity,
  notBefore: number,
  now: number,
): AsyncGenerator<ScannedPage> {
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression:
          'sk = :session AND issuer = :issuer AND clientId = :clientId AND attribute_not_exists(endedAt)',
        // Not what applications keep in it.
        ProjectionExpression: Object.keys(ScannedItem.shape)
          .map((name) => `#${name}`)
          .join(', '),
        ExpressionAttributeNames: Object.fromEntries(Object.keys(ScannedItem.shape).map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: { ':session': 'SESSION', ':issuer': issuer, ':clientId': clientId },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    // What is none of this library's is no session for it either.
    const read = (page.Items ?? []).flatMap((item) => ScannedItem.safeParse(item).data ?? []);
    const live = read.filter((item) => Math.min(item.expiresAt, item.latestExpiresAt) > now);
    const sessions = live
      .filter(({ idTokenIssuedAt }) => idTokenIssuedAt <= notBefore)
      .map(({ pk, creation, sub }) => ({ idHash: pk.slice('SESSION#'.length), creation, sub }));
    yield { items: page.ScannedCount ?? 0, sessions };
    from = page.LastEvaluatedKey;
  } while (from);
}
