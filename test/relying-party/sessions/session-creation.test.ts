import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NewSession, SessionExistsError, SessionStore } from '../../../relying-party/sessions/index.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import type { Fate } from '../../fault-proxy.ts';
import { epochSeconds } from '../../logout-token.ts';
import { sampleOf } from '../../sample.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { login } from './login.ts';

let table: TestTable;
let store: SessionStore;
let proxy: DynamodbProxy;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  table = await newTable('sessions');
  store = new SessionStore(table);
});

afterEach(async () => {
  vi.useRealTimers();
  await proxy.stop();
});

async function storeBehindProxy(maxAttempts: number): Promise<SessionStore> {
  proxy = await startDynamodbProxy(maxAttempts);
  return new SessionStore({ ...table, client: proxy.client });
}

const scopeOf = ({ issuer, clientId, sub }: Pick<NewSession, 'issuer' | 'clientId' | 'sub'>) => ({
  issuer,
  clientId,
  sub,
});

/** Pointers, markers, session. */
const OPERATIONS = ['PutItem', 'PutItem', 'GetItem', 'GetItem', 'PutItem'];

it('costs three writes and two reads, and without a sid one less of each', async () => {
  const far = await storeBehindProxy(1);
  await far.create(login());
  expect(proxy.operations).toEqual(OPERATIONS);
  proxy.operations.length = 0;
  await far.create(login({ sid: undefined }));
  expect(proxy.operations).toEqual(['PutItem', 'GetItem', 'PutItem']);
});

it('reads what has an id that is given before the markers, and under a used one tries no write that must fail', async () => {
  const far = await storeBehindProxy(1);
  const input = login({ id: randomUUID() });
  await far.create(input);
  expect(proxy.operations).toEqual(['PutItem', 'PutItem', 'GetItem', 'GetItem', 'GetItem', 'PutItem']);
  await store.delete(input.id ?? '');
  proxy.operations.length = 0;
  await far.create(input);
  const [pointers, markers] = [
    ['PutItem', 'PutItem'],
    ['GetItem', 'GetItem'],
  ];
  expect(proxy.operations).toEqual([
    ...pointers,
    'GetItem',
    ...markers,
    ...['GetItem', 'UpdateItem'],
    ...markers,
    'PutItem',
  ]);
});

describe('a create that loses an answer and sends the write again', () => {
  it.each([0, 1, 4])('at operation %i is still its own first session', async (lost) => {
    const far = await storeBehindProxy(3);
    proxy.fateOf = (_operation, index) => (index === lost ? 'lose answer' : 'pass');
    const session = await far.create(login());
    // It looks at what refuses its write, and goes no further.
    expect(proxy.operations).toHaveLength(OPERATIONS.length + (lost === 4 ? 2 : 1));
    expect(await store.get(session.id)).toMatchObject({ sub: session.sub });
    expect(await store.endSessions(scopeOf(session), epochSeconds())).toEqual({ ended: 1 });
    expect(await store.get(session.id)).toBeUndefined();
  });
});

describe('a create that dies', () => {
  const deaths = OPERATIONS.flatMap((_operation, index) =>
    (['lose answer', 'lose request'] as const).map((fate) => [index, fate] as const),
  );
  // Of three, so that both fates are among them.
  it.each(sampleOf(deaths, 3))('at operation %i (%s) leaves nothing that a logout does not end', async (last, fate) => {
    const far = await storeBehindProxy(1);
    proxy.fateOf = (_operation, index) => (index < last ? 'pass' : index === last ? fate : 'lose request');
    const { id, ...input } = { ...login(), id: randomUUID() };
    await expect(far.create({ ...input, id })).rejects.toThrow();
    await store.endSessions(scopeOf(input), epochSeconds());
    expect(await store.get(id)).toBeUndefined();
  });
});

it('a login that is logged out says so, although what it wrote cannot be deleted', async () => {
  const far = await storeBehindProxy(1);
  const input = login();
  await store.endSessions(scopeOf(input), epochSeconds());
  proxy.fateOf = (operation) => (operation === 'BatchWriteItem' ? 'lose request' : 'pass');
  await expect(far.create(input)).rejects.toMatchObject({ name: 'LoggedOutError', cause: { code: 'ECONNRESET' } });
});

describe('a login that has read the markers, and then is overtaken', () => {
  it.each<[string, (input: NewSession) => Promise<unknown>, string]>([
    ['by its logout', (input) => store.endSessions(scopeOf(input), epochSeconds()), 'LoggedOutError'],
    ['by another login under its id', ({ id }) => store.create(login({ id })), 'SessionExistsError'],
  ])('%s is refused, whether the id is free or was used', async (_by, happens, refusal) => {
    const far = await storeBehindProxy(1);
    for (const isUsed of [false, true]) {
      const input = login({ id: randomUUID() });
      if (isUsed) {
        await store.create(login({ id: input.id }));
        await store.delete(input.id ?? '');
      }
      proxy.fateOf = async (_operation, index): Promise<Fate> => {
        // It has written its pointers before.
        if (index > 1 && proxy.operations[index] === 'PutItem') {
          await happens(input);
        }
        return 'pass';
      };
      proxy.operations.length = 0;
      await expect(far.create(input)).rejects.toMatchObject({ name: refusal });
      expect(await store.list(input)).toEqual([]);
    }
  });
});

it('an id that is taken again while its first session is being deleted keeps its new pointers', async () => {
  const far = await storeBehindProxy(1);
  const input = login({ id: randomUUID() });
  await store.create(input);
  let second: Promise<unknown> | undefined;
  proxy.fateOf = async (_operation, index): Promise<Fate> => {
    // The first operation ends the session; the deletes of its pointers wait until the id is taken again.
    if (index > 0) {
      second ??= store.create(input);
      await second;
    }
    return 'pass';
  };
  await far.delete(input.id ?? '');
  expect(await store.endSessions(scopeOf(input), epochSeconds())).toEqual({ ended: 1 });
  expect(await store.get(input.id ?? '')).toBeUndefined();
});

it('an id that is refused takes nothing away from the session that has it', async () => {
  await storeBehindProxy(1);
  const input = login({ id: randomUUID() });
  await store.create(input);
  await expect(store.create({ ...input, idTokenIssuedAt: epochSeconds() })).rejects.toThrow(SessionExistsError);
  await store.endSessions(scopeOf(input), input.idTokenIssuedAt);
  expect(await store.get(input.id ?? '')).toBeUndefined();
});
