import {
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { type RelyingPartyIdentity, scopePartition, seenTokenKey } from '../../relying-party/sessions/item-keys.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const DAY_SECONDS = 86_400;

/** Where it reads and writes. */
export interface ByHandTables {
  readonly client: DynamoDBDocumentClient;
  readonly sessions: string;
  readonly jwksCache: string;
}

/**
 * What a logout costs at the least: one `jwtVerify`, and the calls of DynamoDB that the receiver makes, with nothing around
 * them. It knows one relying party and one session of a `sid`, and nothing of replays, failures, lists that are long, keys
 * that change and tokens that are wrong in other ways than `jwtVerify` finds.
 */
export function byHandLogout(party: RelyingPartyIdentity, tables: ByHandTables): (token: string) => Promise<void> {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  return async (token) => {
    keys ??= createLocalJWKSet(await storedJwks(party, tables));
    const options = { issuer: party.issuer, audience: party.clientId, algorithms: ['RS256'] };
    const { payload } = await jwtVerify(token, keys, options);
    await end(party, payload, tables);
  };
}

async function storedJwks({ issuer }: RelyingPartyIdentity, { client, jwksCache }: ByHandTables) {
  const command = new GetCommand({ TableName: jwksCache, Key: { pk: `ISSUER#${issuer}` }, ConsistentRead: true });
  const { Item } = await client.send(command);
  const jwks: JSONWebKeySet = JSON.parse(Item?.jwks);
  return jwks;
}

async function end(
  party: RelyingPartyIdentity,
  payload: JWTPayload,
  { client, sessions }: ByHandTables,
): Promise<void> {
  const { jti = '', iat = 0, sid } = payload;
  if (typeof sid !== 'string' || !isLogout(payload)) {
    throw new TypeError('no logout token with a sid');
  }
  const now = Math.floor(Date.now() / 1000);
  const partition = scopePartition({ ...party, sid });
  const pointers = new QueryCommand({
    TableName: sessions,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :session)',
    ExpressionAttributeValues: { ':pk': partition, ':session': 'SESSION#' },
    ConsistentRead: true,
  });
  const set = (Key: Record<string, string>, values: Record<string, number | string>, condition?: string) =>
    client.send(
      new UpdateCommand({
        TableName: sessions,
        Key,
        UpdateExpression: `SET ${Object.keys(values)
          .map((name) => `#${name} = :${name}`)
          .join(', ')}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(Object.keys(values).map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(
          Object.entries(values).map(([name, value]) => [`:${name}`, value]),
        ),
        ReturnValues: 'ALL_OLD',
      }),
    );

  const claim = { iat, partition, expiresAt: now + 2 * DAY_SECONDS };
  const [, { Items = [] }] = await Promise.all([
    set({ ...seenTokenKey([party.issuer], jti) }, claim, 'attribute_not_exists(pk)'),
    client.send(pointers),
  ]);
  const marker = { notBefore: iat, expiresAt: now + 31 * DAY_SECONDS };
  const ended = { endedAt: now, expiresAt: now + DAY_SECONDS, cause: 'logout' };
  await Promise.all([
    set({ pk: partition, sk: 'NOT_BEFORE' }, marker, 'attribute_not_exists(notBefore) OR notBefore <= :notBefore'),
    ...Items.map(({ sk }) => set({ pk: `SESSION#${String(sk).split('#')[1]}`, sk: 'SESSION' }, ended)),
  ]);
  const places = Items.flatMap(({ sk, partitions }) => partitions.map((pk: string) => ({ pk, sk })));
  await Promise.all([
    client.send(pointers),
    client.send(
      new BatchWriteCommand({ RequestItems: { [sessions]: places.map((Key) => ({ DeleteRequest: { Key } })) } }),
    ),
  ]);
}

function isLogout({ events, nonce }: JWTPayload): boolean {
  return typeof events === 'object' && events !== null && EVENT in events && nonce === undefined;
}
