import { randomUUID } from 'node:crypto';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { dynamodbClient } from '../../../local/dynamodb/dynamodb-client.ts';
import { LoggedOutError, SessionStore } from '../../../relying-party/sessions/index.ts';
import { markerKey, scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import { isForbidden, raiseMarker } from '../../../relying-party/sessions/not-before-marker.ts';
import { endScope, finishScope } from '../../../relying-party/sessions/scope-ending.ts';
import { sessionKey } from '../../../relying-party/sessions/session.ts';
import { putPointers } from '../../../relying-party/sessions/session-pointer.ts';
import { newTable, type TestTable } from '../../tables.ts';

const NOW = Math.floor(Date.now() / 1000);
const HOUR = 3600;
const DAY = 86_400;

let table: TestTable;
let store: SessionStore;
let subject: { readonly issuer: string; readonly clientId: string; readonly sub: string };
let partition: string;

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore(table);
});

beforeEach(() => {
  subject = { issuer: 'https://op.example.com', clientId: 'shop', sub: randomUUID() };
  partition = scopePartition(subject);
});

const ending = (allowanceSeconds = 0) => ({ partition, maxSessionLifetimeSeconds: HOUR, allowanceSeconds });

const loginOf = (of: typeof subject, secondsAgo: number) => ({
  ...of,
  idTokenIssuedAt: NOW - secondsAgo,
  expiresAt: NOW + HOUR,
  data: {},
});

async function signIn(secondsAgo: number): Promise<string> {
  return (await store.create(loginOf(subject, secondsAgo))).id;
}

/** Of all that the scope's partition holds, in order. */
async function sortKeys(): Promise<unknown[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': partition },
      ConsistentRead: true,
    }),
  );
  return Items.map(({ sk }) => sk);
}

/** The table, for somebody before each of whose reads something happens. */
function racingTable(happens: () => Promise<unknown>): TestTable {
  const client = dynamodbClient(inject('dynamodbEndpoint'));
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'GetItemCommand') {
          await happens();
        }
        return await next(args);
      },
    { step: 'initialize' },
  );
  return { ...table, client: DynamoDBDocumentClient.from(client) };
}

async function marker() {
  const { Item } = await table.client.send(new GetCommand({ TableName: table.tableName, Key: markerKey(partition) }));
  return Item && { notBefore: Item.notBefore, expiresAt: Item.expiresAt };
}

describe('finishing an ending', () => {
  it('that was never begun does all of it, with the allowance, and a login since stays', async () => {
    const [covered, allowed, later] = [await signIn(60), await signIn(50), await signIn(49)];
    expect(await finishScope(table, ending(10), NOW - 60, NOW)).toEqual({ wasLeft: true, ended: 2 });
    expect(await Promise.all([covered, allowed, later].map(async (id) => !(await store.get(id))))).toEqual([
      true,
      true,
      false,
    ]);
    await expect(signIn(50)).rejects.toThrow(LoggedOutError);
  });

  it('that found no session says that it was left, since its marker was', async () => {
    expect(await finishScope(table, ending(), NOW - 60, NOW)).toEqual({ wasLeft: true, ended: 0 });
  });

  it('that was cut off after its marker ends what is left', async () => {
    const id = await signIn(60);
    await raiseMarker(table, partition, NOW - 60, NOW + DAY);
    expect(await finishScope(table, ending(), NOW - 60, NOW)).toEqual({ wasLeft: true, ended: 1 });
    expect(await store.get(id)).toBeUndefined();
  });

  it('that is done does nothing', async () => {
    await signIn(60);
    await endScope(table, ending(10), NOW - 60, NOW);
    const before = await marker();
    expect(await finishScope(table, ending(10), NOW - 60, NOW + HOUR)).toEqual({ wasLeft: false, ended: 0 });
    expect(await marker()).toEqual(before);
  });

  it('goes by the later of two endings of a scope', async () => {
    await endScope(table, ending(), NOW - 60, NOW);
    expect(await finishScope(table, ending(10), NOW - 60, NOW)).toEqual({ wasLeft: true, ended: 0 });
    expect(await isForbidden(table, [partition], NOW - 50)).toBe(true);
  });
});

describe('ending a scope', () => {
  it('tells of the sessions that it has ended, and of the logins since', async () => {
    await Promise.all([signIn(61), signIn(60), signIn(59)]);
    expect(await endScope(table, ending(), NOW - 60, NOW)).toEqual({
      subs: [subject.sub, subject.sub],
      laterLogins: [NOW - 59],
    });
  });

  it('leaves the pointers of a login that it has seen, and that is about to take another session’s place', async () => {
    const held = await store.create(loginOf({ ...subject, sub: randomUUID() }, 60));
    const pointer = { idHash: held.idHash, creation: 'next', idTokenIssuedAt: NOW - 60, partitions: [partition] };
    await putPointers(table, pointer, NOW + DAY);
    await endScope(table, ending(), NOW - 60, NOW, undefined, [pointer]);
    expect(await sortKeys()).toEqual(['NOT_BEFORE', `SESSION#${held.idHash}#next`]);
    expect(await store.get(held.id)).toBeDefined();
  });

  it('that is to stop at once is done where it has nothing to end', async () => {
    expect(await store.endSessions(subject, NOW - 60, AbortSignal.abort())).toEqual({ ended: 0 });
    await signIn(59);
    expect(await store.endSessions(subject, NOW - 60, AbortSignal.abort())).toEqual({ ended: 0 });
    await expect(store.endSessions(subject, NOW - 50, AbortSignal.abort())).rejects.toThrow(/aborted/);
  });
});

describe('a pointer', () => {
  /** To a session that another has the place of: its login has not written it yet. */
  async function pointToTheIdOf({ idHash }: { readonly idHash: string }): Promise<void> {
    await putPointers(
      table,
      { idHash, creation: 'under way', idTokenIssuedAt: NOW - 60, partitions: [partition] },
      NOW + DAY,
    );
  }

  it('to a session that is not written yet stays, so that the next logout finds it', async () => {
    const other = await store.create(loginOf({ ...subject, sub: randomUUID() }, 60));
    await pointToTheIdOf(other);
    expect(await store.endSessions(subject, NOW)).toEqual({ ended: 0 });
    expect(await sortKeys()).toEqual(['NOT_BEFORE', `SESSION#${other.idHash}#under way`]);
  });

  it('to a session whose place is empty by the time that it is looked at stays too', async () => {
    const other = await store.create(loginOf({ ...subject, sub: randomUUID() }, 60));
    await pointToTheIdOf(other);
    const Key = sessionKey(other.idHash);
    const racing = racingTable(() => table.client.send(new DeleteCommand({ TableName: table.tableName, Key })));
    expect(await new SessionStore(racing).endSessions(subject, NOW)).toEqual({ ended: 0 });
    expect(await sortKeys()).toHaveLength(2);
  });

  it('to a session that has ended lists nothing, and goes, where a logout before had not come to it', async () => {
    const session = await store.create(loginOf(subject, 60));
    const { idHash, creation } = session;
    await store.endSessions(subject, NOW - 60);
    await putPointers(table, { idHash, creation, idTokenIssuedAt: NOW - 60, partitions: [partition] }, NOW + DAY);
    expect(await store.list(subject)).toEqual([]);
    expect(await store.endSessions(subject, NOW - 60)).toEqual({ ended: 0 });
    expect(await sortKeys()).toEqual(['NOT_BEFORE']);
  });
});

it('of sessions that a sign-out everywhere ends, no pointer is left, also of one that no marker covers', async () => {
  await Promise.all([signIn(60), signIn(-100)]);
  expect(await store.endAllSessions(subject, 0)).toEqual({ ended: 2 });
  expect(await sortKeys()).toEqual(['NOT_BEFORE']);
});

describe('a not-before marker', () => {
  const MARKED = { notBefore: NOW - 60, expiresAt: NOW + DAY };

  it.each([
    [
      'later in both',
      { notBefore: NOW - 50, expiresAt: NOW + DAY + 1 },
      { notBefore: NOW - 50, expiresAt: NOW + DAY + 1 },
    ],
    [
      'later, with the same end',
      { notBefore: NOW - 50, expiresAt: NOW + DAY },
      { notBefore: NOW - 50, expiresAt: NOW + DAY },
    ],
    [
      'later, with an earlier end',
      { notBefore: NOW - 50, expiresAt: NOW },
      { notBefore: NOW - 50, expiresAt: NOW + DAY },
    ],
    ['earlier in both', { notBefore: NOW - 70, expiresAt: NOW }, MARKED],
    ['the same', MARKED, MARKED],
    ['of the same time, with an end later by an hour', { ...MARKED, expiresAt: NOW + DAY + HOUR }, MARKED],
    [
      'of the same time, with an end later by more than an hour',
      { ...MARKED, expiresAt: NOW + DAY + HOUR + 1 },
      { ...MARKED, expiresAt: NOW + DAY + HOUR + 1 },
    ],
    [
      'earlier, with an end later by more than an hour',
      { notBefore: NOW - 70, expiresAt: NOW + DAY + HOUR + 1 },
      { ...MARKED, expiresAt: NOW + DAY + HOUR + 1 },
    ],
  ])('is raised by one that is %s', async (_which, { notBefore, expiresAt }, raised) => {
    await raiseMarker(table, partition, MARKED.notBefore, MARKED.expiresAt);
    await raiseMarker(table, partition, notBefore, expiresAt);
    expect(await marker()).toEqual(raised);
  });

  it('is written anew where DynamoDB has deleted one that was over, after it had refused the write', async () => {
    await raiseMarker(table, partition, NOW, NOW + DAY);
    const Key = markerKey(partition);
    const racing = racingTable(() => table.client.send(new DeleteCommand({ TableName: table.tableName, Key })));
    await raiseMarker(racing, partition, NOW - 60, NOW + HOUR);
    expect(await marker()).toEqual({ notBefore: NOW - 60, expiresAt: NOW + HOUR });
  });

  it('lives from the logout or from now, whichever is later, as long as a session, and a day', async () => {
    await endScope(table, ending(), NOW - 60, NOW);
    expect(await marker()).toEqual({ notBefore: NOW - 60, expiresAt: NOW + HOUR + DAY });
    await endScope(table, ending(5), NOW + 200.5, NOW);
    expect(await marker()).toEqual({ notBefore: NOW + 205.5, expiresAt: NOW + 206 + HOUR + DAY });
  });

  it('forbids what was issued at its time, and nothing later, in any of the scopes', async () => {
    await raiseMarker(table, partition, NOW, NOW + DAY);
    expect(await isForbidden(table, ['SID#none', partition], NOW)).toBe(true);
    expect(await isForbidden(table, ['SID#none', partition], NOW + 1)).toBe(false);
    expect(await isForbidden(table, ['SID#none'], NOW)).toBe(false);
  });
});
