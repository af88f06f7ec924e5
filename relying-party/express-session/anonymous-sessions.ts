import { randomBytes } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { unlessRefused } from '../sessions/conditional-write.ts';
import type { RelyingPartyIdentity } from '../sessions/index.ts';
import { jsonObject } from '../sessions/input-checks.ts';
import { hashOf, type ItemKey } from '../sessions/item-keys.ts';
import { dataFrom, sessionKey } from '../sessions/session.ts';
import type { SessionsTable } from '../sessions/sessions-table.ts';

/** What is kept for a browser in which nobody has signed in: the state of a login under way, a message, a basket. */
export interface AnonymousSession {
  /** Random, of the `put` that made it. */
  readonly creation: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly data: Record<string, unknown>;
}

const AnonymousItem = z.object({ creation: z.string(), expiresAt: z.coerce.number(), data: z.string() });

/**
 * The anonymous sessions of a relying party. No logout names one, so nothing points to them.
 *
 * They lie beside the place of sessions and not in it, so that nothing that reads sessions takes one for a login.
 */
export class AnonymousSessions {
  readonly #table: SessionsTable;
  readonly #sortKey: string;

  /** @param owner where given, those of others are as good as absent */
  constructor(table: SessionsTable, owner: RelyingPartyIdentity | undefined) {
    this.#table = table;
    this.#sortKey = owner ? `ANONYMOUS#${hashOf(owner.issuer, owner.clientId)}` : 'ANONYMOUS';
  }

  /** @param now epoch seconds */
  async get(id: string, now: number): Promise<AnonymousSession | undefined> {
    const { client, tableName } = this.#table;
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: this.#keyOf(id), ConsistentRead: true }),
    );
    if (!Item) {
      return undefined;
    }
    const { data, ...rest } = AnonymousItem.parse(Item);
    return rest.expiresAt > now ? { ...rest, data: dataFrom(data) } : undefined;
  }

  /**
   * @param expiresAt epoch seconds
   * @param now epoch seconds
   * @returns undefined where the id has one already
   * @throws TypeError, RangeError where JSON cannot hold the data, or DynamoDB its JSON
   */
  async put(
    id: string,
    data: Record<string, unknown>,
    expiresAt: number,
    now: number,
  ): Promise<Omit<AnonymousSession, 'data'> | undefined> {
    const { client, tableName } = this.#table;
    const creation = randomBytes(16).toString('base64url');
    const written = await unlessRefused(
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...this.#keyOf(id), creation, expiresAt, data: jsonObject('data', data) },
          ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
          ExpressionAttributeValues: { ':now': now },
        }),
      ),
    );
    return written && { creation, expiresAt };
  }

  /**
   * @param expiresAt epoch seconds
   * @param data stays where it is left out
   * @returns undefined where it is gone: a save never brings one back
   */
  async update(
    id: string,
    { creation }: Omit<AnonymousSession, 'data'>,
    expiresAt: number,
    data?: Record<string, unknown>,
  ): Promise<Omit<AnonymousSession, 'data'> | undefined> {
    const { client, tableName } = this.#table;
    const saved = await unlessRefused(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: this.#keyOf(id),
          UpdateExpression: data ? 'SET expiresAt = :expiresAt, #data = :data' : 'SET expiresAt = :expiresAt',
          ConditionExpression: 'creation = :creation',
          ...(data && { ExpressionAttributeNames: { '#data': 'data' } }),
          ExpressionAttributeValues: {
            ':expiresAt': expiresAt,
            ':creation': creation,
            ...(data && { ':data': jsonObject('data', data) }),
          },
        }),
      ),
    );
    return saved && { creation, expiresAt };
  }

  async delete(id: string): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new DeleteCommand({ TableName: tableName, Key: this.#keyOf(id) }));
  }

  #keyOf(id: string): ItemKey & Record<string, string> {
    return { pk: sessionKey(hashOf(id)).pk, sk: this.#sortKey };
  }
}
