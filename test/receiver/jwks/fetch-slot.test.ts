import type { ServerResponse } from 'node:http';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import type { Claimant } from '../../../receiver/jwks/fetch-slot.ts';
import { claimSlot, readItem, settleFetched, settleSlot } from '../../../receiver/jwks/jwks-cache-table.ts';
import type { FetchedJwks } from '../../../receiver/jwks/jwks-fetch.ts';
import { partitionOf } from '../../../receiver/jwks/jwks-location.ts';
import { refreshAhead } from '../../../receiver/jwks/refresh-ahead.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { instance, now, passSeconds, until, useFleet } from './fleet.ts';

const fleet = useFleet();
let proxy: DynamodbProxy | undefined;

afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});

/** A function instance whose every call of the table is counted, and may fail. */
async function watchedInstance(maxAttempts = 1) {
  const started = await startDynamodbProxy(maxAttempts);
  proxy = started;
  const { tableName } = fleet.table;
  return { proxy: started, keys: instance({ client: started.client, tableName }, fleet.op, fleet.events) };
}

/** @returns whether the slot is ours then */
async function claim(claimant: Claimant, name: string): Promise<boolean> {
  const { slots } = await claimSlot(fleet.table, fleet.op.location, { claimant, claim: name }, now());
  return slots[claimant]?.claim === name;
}

const refresh = () => refreshAhead(fleet.table, fleet.op.location, 420, (event) => fleet.events.push(event));
const countOf = (type: string) => fleet.events.filter((event) => event.type === type).length;
const fail = (response: { writeHead(status: number): { end(): void } }) => response.writeHead(500).end();

/** Holds every answer of the issuer back until it is let go. */
function heldAnswers(answer: (response: ServerResponse) => unknown) {
  let letGo: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  fleet.op.answerJwks = (response) => void promise.then(() => answer(response));
  return { letGo, isAsked: () => until(() => fleet.fetches() > 0) };
}

const publish = (response: ServerResponse) => response.end(JSON.stringify({ keys: fleet.op.published }));

describe('fifty instances that start at the same time', () => {
  it('make one fetch, and all have its result', async () => {
    const held = heldAnswers(publish);
    const found = Promise.all(Array.from({ length: 50 }, () => fleet.newInstance().find('es256')));
    await until(() => countOf('slot_lost') > 0);
    held.letGo();
    expect((await found).map((keys) => keys.length)).toEqual(Array(50).fill(1));
    expect(Object.fromEntries(fleet.op.requests)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
  });

  it('make one fetch where it fails', async () => {
    fleet.op.answerJwks = fail;
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => fleet.newInstance().find('es256')));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    await expect.poll(fleet.fetches).toBe(1);
  });

  it('wait no longer for a fetch when the table says that it has failed', async () => {
    const claim = { claimant: 'request', claim: 'of another instance' } as const;
    await claimSlot(fleet.table, fleet.op.location, claim, now());
    const { proxy: watched, keys } = await watchedInstance();
    const outcome = expect(keys.find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    await until(() => countOf('slot_lost') > 0);
    await settleSlot(fleet.table, fleet.op.location, claim);
    const looks = watched.operations.length;
    await outcome;
    // One may have been on its way.
    expect(watched.operations.length - looks).toBeLessThanOrEqual(2);
  });
});

describe('an instance that starts when the table is warm', () => {
  it('makes one read, and no fetch', async () => {
    await fleet.newInstance().find('es256');
    const watched = await watchedInstance();
    expect(await watched.keys.find('es256')).toHaveLength(1);
    expect(watched.proxy.operations).toEqual(['GetItem']);
    // One that is not strongly consistent may miss who has the slot.
    expect(JSON.parse(watched.proxy.bodies[0] ?? '')).toMatchObject({ ConsistentRead: true });
    await expect.poll(fleet.fetches).toBe(1);
  });
});

describe('a slow issuer', () => {
  it('is asked once, and instances that have no keys wait for whoever asks', async () => {
    const held = heldAnswers(publish);
    const outcomes = Promise.all([fleet.newInstance().find('es256'), fleet.newInstance().find('es256')]);
    await until(() => countOf('slot_lost') > 0);
    held.letGo();
    expect((await outcomes).map((keys) => keys.length)).toEqual([1, 1]);
    await expect.poll(fleet.fetches).toBe(1);
  });

  it('has ten times as long where nobody waits: a new Hydra makes its keys within the first request for them', async () => {
    const held = heldAnswers(publish);
    const refreshed = refresh();
    await held.isAsked();
    fleet.passMilliseconds(29_000);
    held.letGo();
    expect(await refreshed).toMatchObject({ ageSeconds: 0 });
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(1);
  });

  it.each([
    ['a request', 3000, () => fleet.newInstance().find('es256')],
    ['a deferred logout', 30_000, () => fleet.newInstance(true).find('es256')],
  ])('is given up when the time for it is spent: by %s after %d ms', async (_claimant, milliseconds, find) => {
    const held = heldAnswers(publish);
    const outcome = expect(find()).rejects.toMatchObject({ code: 'jwks_unavailable' });
    await held.isAsked();
    fleet.passMilliseconds(milliseconds - 1);
    expect(fleet.events.map(({ type }) => type)).toEqual([]);
    fleet.passMilliseconds(1);
    await outcome;
    expect(fleet.events.map(({ type }) => type)).toEqual(['fetch_failed']);
  });

  it('is waited for by the other logouts of a batch when one has run out of its share of the time', async () => {
    const held = heldAnswers(publish);
    const keys = fleet.newInstance(true);
    const [first, second] = [keys.find('es256'), keys.find('es256')];
    await held.isAsked();
    const third = keys.find('es256');
    held.letGo();
    expect((await Promise.all([first, second, third])).map((found) => found.length)).toEqual([1, 1, 1]);
    await expect.poll(fleet.fetches).toBe(1);
  });

  it('that the background asks keeps no request from asking too, once', async () => {
    const held = heldAnswers(publish);
    const refreshed = refresh();
    await held.isAsked();
    const found = fleet.newInstance().find('es256');
    await until(() => fleet.fetches() > 1);
    held.letGo();
    expect(await found).toHaveLength(1);
    await refreshed;
    await expect.poll(fleet.fetches).toBe(2);
  });
});

describe('an issuer that fails', () => {
  /** Times of the fetches, in seconds, where function instances try every five seconds for 100 seconds. */
  async function fetchTimes(...tries: (() => Promise<unknown>)[]): Promise<number[]> {
    fleet.op.answerJwks = fail;
    const times: number[] = [];
    const begin = now();
    for (let time = 0; time < 20; time++) {
      const before = fleet.fetches();
      await Promise.allSettled(tries.map((attempt) => attempt()));
      times.push(...Array<number>(fleet.fetches() - before).fill(Math.round(now() - begin)));
      passSeconds(5);
    }
    return times;
  }

  const every25Seconds = [0, 25, 50, 75];

  it('is left alone by requests for 25 seconds', async () => {
    expect(await fetchTimes(() => fleet.newInstance().find('es256'))).toEqual(every25Seconds);
  });

  it('sees one fetch by requests and one by the background in 25 seconds, however many try', async () => {
    const request = () => fleet.newInstance().find('es256');
    const deferred = () => fleet.newInstance(true).find('es256');
    const times = await fetchTimes(request, request, deferred, deferred, refresh);
    expect(times).toEqual(every25Seconds.flatMap((time) => [time, time]));
  });

  it('is asked again as soon as any other once it has answered', async () => {
    fleet.op.answerJwks = fail;
    for (let time = 0; time < 3; time++) {
      await expect(fleet.newInstance().find('es256')).rejects.toThrow();
      passSeconds(25);
    }
    fleet.op.answerJwks = undefined;
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    passSeconds(25);
    await expect(fleet.newInstance().find('other')).rejects.toMatchObject({ code: 'key_not_found' });
    await expect.poll(fleet.fetches).toBe(5);
  });
});

describe('a winner', () => {
  it('that dies is waited for no longer than its cooldown', async () => {
    await claimSlot(fleet.table, fleet.op.location, { claimant: 'request', claim: 'of an instance that dies' }, now());
    passSeconds(6);
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    expect(fleet.fetches()).toBe(0);
    passSeconds(19);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
  });

  it('that dies in the background is waited for as long as it might be fetching, and requests go on meanwhile', async () => {
    await claimSlot(fleet.table, fleet.op.location, { claimant: 'background', claim: 'of one that dies' }, now());
    passSeconds(31);
    expect(await claim('background', 'too soon')).toBe(false);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    passSeconds(1);
    expect(await claim('background', 'in time')).toBe(true);
  });

  it('does not lose by the answer to its claim being lost on the way', async () => {
    const { proxy: watched, keys } = await watchedInstance(3);
    watched.fateOf = (operation) =>
      operation === 'UpdateItem' && watched.operations.filter((name) => name === 'UpdateItem').length === 1
        ? 'lose answer'
        : 'pass';
    expect(await keys.find('es256')).toHaveLength(1);
    expect(countOf('slot_unguarded')).toBe(0);
    await expect.poll(fleet.fetches).toBe(1);
  });

  it('does not lose by it where the claim is not tried again, and nobody fetches beside it', async () => {
    const { proxy: watched, keys } = await watchedInstance();
    watched.fateOf = (_operation, index) => (index === 1 ? 'lose answer' : 'pass');
    expect(await keys.find('es256')).toHaveLength(1);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    expect([countOf('slot_unguarded'), fleet.fetches()]).toEqual([0, 1]);
  });

  it('brings what it fetched to the table also where that fails at first', async () => {
    const { proxy: watched, keys } = await watchedInstance();
    watched.fateOf = (_operation, index) => (index === 2 ? 'fail' : 'pass');
    expect(await keys.find('es256')).toHaveLength(1);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(1);
  });

  it('uses what it fetched also where the table takes it no more', async () => {
    const { proxy: watched, keys } = await watchedInstance();
    watched.fateOf = (operation, index) => (operation === 'UpdateItem' && index > 1 ? 'fail' : 'pass');
    expect(await keys.find('es256')).toHaveLength(1);
    expect(countOf('cache_failed')).toBe(2);
    // Nobody knows that the fetch has ended, until the time for it is over.
    passSeconds(6);
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    await expect.poll(fleet.fetches).toBe(1);
  });
});

describe('an instance whose claim the table does not take', () => {
  it('leaves the fetch to who has the slot, as far as it can see', async () => {
    const { proxy: watched, keys } = await watchedInstance();
    watched.fateOf = async (operation) => {
      if (operation === 'UpdateItem') {
        await fleet.newInstance().find('es256');
      }
      return operation === 'UpdateItem' ? 'throttle' : 'pass';
    };
    expect(await keys.find('es256')).toHaveLength(1);
    expect([countOf('slot_unguarded'), fleet.fetches()]).toEqual([0, 1]);
  });

  it('fetches by itself where nobody has it', async () => {
    const { proxy: watched, keys } = await watchedInstance();
    watched.fateOf = (operation) => (operation === 'UpdateItem' ? 'fail' : 'pass');
    expect(await keys.find('es256')).toHaveLength(1);
    expect([countOf('slot_unguarded'), fleet.fetches()]).toEqual([1, 1]);
  });
});

it('a table that never answers is given up after a second each time, and the issuer asked', async () => {
  const { proxy: watched, keys } = await watchedInstance();
  watched.fateOf = () => 'hang';
  const found = keys.find('es256');
  const operations = ['GetItem', 'UpdateItem', 'GetItem', 'UpdateItem', 'UpdateItem'];
  for (const [index] of operations.entries()) {
    await until(() => watched.operations.length > index);
    fleet.passMilliseconds(999);
    expect(countOf('cache_failed')).toBe(index);
    fleet.passMilliseconds(1);
    await until(() => countOf('cache_failed') > index);
  }
  expect(await found).toHaveLength(1);
  expect(watched.operations).toEqual(operations);
});

describe('what the table holds', () => {
  const fetched = (fetchedAt: number, kid: string): FetchedJwks => ({
    jwks: { keys: [{ kty: 'EC', kid }] },
    source: 'https://op.example.com/jwks',
    etag: `"${kid}"`,
    fetchedAt,
    asOf: fetchedAt,
    freshUntil: fetchedAt + 600,
  });
  const kidInTable = async () => (await readItem(fleet.table, fleet.op.location)).fetched?.jwks.keys[0]?.kid;

  it('is not replaced by what was fetched earlier and comes later', async () => {
    const { table, op } = fleet;
    const by = (name: string) => ({ claimant: 'request', claim: name }) as const;
    await settleFetched(table, op.location, by('b'), fetched(now(), 'newer'));
    await claimSlot(table, op.location, by('a'), now());
    await settleFetched(table, op.location, by('a'), fetched(now() - 5, 'older'));
    expect(await kidInTable()).toBe('newer');
    // Whose fetch has ended all the same.
    expect((await readItem(table, op.location)).slots.request).toMatchObject({ claim: 'a', settledClaim: 'a' });
    await settleFetched(table, op.location, by('c'), fetched(now() + 1, 'newest'));
    expect(await kidInTable()).toBe('newest');
  });

  it('is what was fetched last, without what that lacks, for as long as its keys may be used', async () => {
    const { table, op } = fleet;
    const { jwksMaxStaleSeconds } = op.location;
    const by = { claimant: 'request', claim: 'a' } as const;
    const Key = { pk: partitionOf(op.location) };
    const stored = async () => (await table.client.send(new GetCommand({ TableName: table.tableName, Key }))).Item;
    await claimSlot(table, op.location, by, now());
    expect((await stored())?.expiresAt).toBe(Math.floor(now()) + jwksMaxStaleSeconds);
    const [first, { etag: _etag, ...second }] = [fetched(now(), 'first'), fetched(now() + 7.5, 'second')];
    await settleFetched(table, op.location, by, first);
    expect((await readItem(table, op.location)).fetched).toEqual(first);
    await settleFetched(table, op.location, by, second);
    expect((await readItem(table, op.location)).fetched).toEqual(second);
    expect(await stored()).toMatchObject({ expiresAt: Math.floor(now() + 7.5) + jwksMaxStaleSeconds });
    expect(await stored()).not.toHaveProperty('etag');
  });

  it.each<Claimant>(['request', 'background'])(
    'says that whoever has the %s slot is fetching, whatever ended before',
    async (claimant) => {
      const { table, op } = fleet;
      await claimSlot(table, op.location, { claimant, claim: 'a' }, now());
      passSeconds(40);
      await claimSlot(table, op.location, { claimant, claim: 'b' }, now());
      await settleSlot(table, op.location, { claimant, claim: 'a' });
      const slot = (await readItem(table, op.location)).slots[claimant];
      expect(slot).toEqual({ claim: 'b', claimedAt: now(), settledClaim: undefined });
    },
  );

  it('keeps the slot from all others until its time, and no clock that is wrong closes it for longer', async () => {
    expect(await claim('request', 'a')).toBe(true);
    passSeconds(24);
    expect(await claim('request', 'b')).toBe(false);
    expect(await claim('background', 'b')).toBe(true);
    passSeconds(1);
    expect(await claim('request', 'c')).toBe(true);
    passSeconds(-7200);
    expect(await claim('request', 'd')).toBe(true);
  });

  it('is fetched anew where it cannot be read', async () => {
    const { table, op } = fleet;
    await table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: { pk: partitionOf(op.location) },
        UpdateExpression:
          'SET jwks = :jwks, fetchedAt = :now, asOf = :now, freshUntil = :now, #source = :jwks, requestClaim = :now',
        ExpressionAttributeNames: { '#source': 'source' },
        ExpressionAttributeValues: { ':jwks': '{"keys":', ':now': now() - 1 },
      }),
    );
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(1);
  });
});
