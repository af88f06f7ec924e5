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
export type ScannedSession = Pick<Session, 'idHash' | 'creation' | 'issuer' | 'clientId' | 'sub' | 'sid'>;

/** As much of a session as ending it takes. */
const ScannedItem = z.object({
  pk: z.string(),
  creation: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  sub: z.string(),
  sid: z.optional(z.string()),
  idTokenIssuedAt: z.coerce.number(),
  expiresAt: z.coerce.number(),
  latestExpiresAt: z.coerce.number(),
});

/**
 * Looks through the whole table for live sessions that were issued at or before a time: nothing points to all sessions of
 * a client.
 *
 * A session that is made while the table is read may be missed.
 *
 * @param owner whose sessions to look for; undefined: those of all relying parties
 * @param notBefore epoch seconds by the OP's clock
 * @param now epoch seconds
 */
export async function* scanSessions(
  { client, tableName }: SessionsTable,
  owner: RelyingPartyIdentity | undefined,
  notBefore: number,
  now: number,
): AsyncGenerator<ScannedPage> {
  const conditions = [
    'sk = :session',
    'attribute_not_exists(endedAt)',
    ...(owner ? ['issuer = :issuer', 'clientId = :clientId'] : []),
  ];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: conditions.join(' AND '),
        // Not what applications keep in it.
        ProjectionExpression: Object.keys(ScannedItem.shape)
          .map((name) => `#${name}`)
          .join(', '),
        ExpressionAttributeNames: Object.fromEntries(Object.keys(ScannedItem.shape).map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ':session': 'SESSION',
          ...(owner && { ':issuer': owner.issuer, ':clientId': owner.clientId }),
        },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
    );
    // What is none of this library's is no session for it either.
    const read = (page.Items ?? []).flatMap((item) => ScannedItem.safeParse(item).data ?? []);
    const live = read.filter((item) => Math.min(item.expiresAt, item.latestExpiresAt) > now);
    const sessions = live
      .filter(({ idTokenIssuedAt }) => idTokenIssuedAt <= notBefore)
      .map(({ pk, creation, issuer, clientId, sub, sid }) => ({
        ...{ idHash: pk.slice('SESSION#'.length), creation, issuer, clientId, sub },
        ...(sid !== undefined && { sid }),
      }));
    yield { items: page.ScannedCount ?? 0, sessions };
    from = page.LastEvaluatedKey;
  } while (from);
}
