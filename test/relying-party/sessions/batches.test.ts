import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { itemOf } from '../../../relying-party/sessions/session.ts';
import { listSessions } from '../../../relying-party/sessions/session-listing.ts';
import { deletePointers, type PointersOfSession } from '../../../relying-party/sessions/session-pointer.ts';
import type { SessionsTable } from '../../../relying-party/sessions/sessions-table.ts';

/** Written or read in one request. */
const Requested = z.record(
  z.string(),
  z.union([z.array(z.unknown()), z.object({ Keys: z.array(z.unknown()), ConsistentRead: z.literal(true) })]),
);
/** What is not strongly consistent may miss what was just written. */
const Read = z.object({ ConsistentRead: z.literal(true) });
const Batch = z.object({ RequestItems: Requested });

/** A table that answers as it is told, which a real one does only when it has too much to do. */
function tableThat(answer: (requested: readonly unknown[], operation: string) => object): SessionsTable {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
  client.middlewareStack.add(
    (_next, { commandName }) =>
      async ({ input }) => {
        const request = z.union([Batch, Read]).parse(input);
        const [requested = []] = 'RequestItems' in request ? Object.values(request.RequestItems) : [];
        const output = answer('Keys' in requested ? requested.Keys : requested, String(commandName));
        return { response: undefined, output: { $metadata: {}, ...output } };
      },
    { step: 'initialize' },
  );
  return { client, tableName: 'sessions' };
}

/** To as many sessions, in one scope each. */
const pointers = (count: number): PointersOfSession[] =>
  Array.from({ length: count }, (_, index) => ({ idHash: `${index}`, creation: 'c', partitions: ['SUBJECT#s'] }));

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
/** Each has its own length, at random. */
const pauses = () => vi.mocked(Math.random).mock.calls.length;
afterEach(() => {
  vi.restoreAllMocks();
});

it('deletes pointers by 25, each once', async () => {
  const sizes: number[] = [];
  const table = tableThat((requested) => {
    sizes.push(requested.length);
    return {};
  });
  await deletePointers(table, [...pointers(51), ...pointers(51)]);
  expect(sizes).toEqual([25, 25, 1]);
  expect(pauses()).toBe(0);
});

it('has nothing to ask for where there is no pointer to delete', async () => {
  let requests = 0;
  const table = tableThat(() => ({ requests: requests++ }));
  await deletePointers(table, []);
  expect(requests).toBe(0);
});

it('deletes what DynamoDB leaves undone, and no more than that', async () => {
  const batches: (readonly unknown[])[] = [];
  const table = tableThat((requested) => {
    batches.push(requested);
    return { UnprocessedItems: { sessions: requested.slice(2) } };
  });
  await deletePointers(table, pointers(5));
  expect(batches).toEqual([batches[0], batches[0]?.slice(2), batches[0]?.slice(4)]);
});

it('fails where DynamoDB leaves deletions undone six times', async () => {
  let tries = 0;
  const table = tableThat((requested) => {
    tries++;
    return { UnprocessedItems: { sessions: requested } };
  });
  await expect(deletePointers(table, pointers(1))).rejects.toThrow('DynamoDB leaves deletions undone');
  expect([tries, pauses()]).toEqual([6, 5]);
});

it('lists sessions that DynamoDB does not return at first', async () => {
  const items = ['a', 'b', 'c'].map((idHash) => ({
    pk: `SESSION#${idHash}`,
    sk: 'SESSION',
    creation: idHash,
    ...{ issuer: 'i', clientId: 'c', sub: 's', idTokenIssuedAt: 1, createdAt: 1 },
    ...{ expiresAt: 9, latestExpiresAt: 9, data: '{}' },
  }));
  const pages = [items.slice(0, 2), undefined, items.slice(2)];
  const table = tableThat((requested, operation) => {
    if (operation === 'QueryCommand') {
      const page = pages.shift();
      return {
        Items: page?.map(({ creation }) => ({ pk: 'SUBJECT#s', sk: `SESSION#${creation}#${creation}` })),
        LastEvaluatedKey: pages.length > 0 ? { pk: 'SUBJECT#s', sk: 'last' } : undefined,
      };
    }
    const [first, ...rest] = z.array(z.object({ pk: z.string() })).parse(requested);
    return {
      Responses: { sessions: items.filter(({ pk }) => pk === first?.pk) },
      UnprocessedKeys: rest.length > 0 ? { sessions: { Keys: rest } } : {},
    };
  });
  const listed = await listSessions(table, { issuer: 'i', clientId: 'c', sub: 's' }, 1);
  expect(listed.map(({ idHash }) => idHash)).toEqual(['a', 'b', 'c']);
});

it('reads what has an id as it is now', async () => {
  const table = tableThat(() => ({ Item: { creation: 'c' } }));
  expect(await itemOf(table, 'hash')).toEqual({ creation: 'c' });
});
