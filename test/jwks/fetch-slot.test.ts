import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { claimSlot, readItem, settleFailed, settleFetched } from '../../functions/jwks/jwks-cache-table.ts';
import type { FetchedJwks } from '../../functions/jwks/jwks-fetch.ts';
import { partitionOf } from '../../functions/jwks/jwks-location.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../dynamodb-proxy.ts';
import { instance, now, passSeconds, useFleet } from './fleet.ts';

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

const countOf = (type: string) => fleet.events.filter((event) => event.type === type).length;
const fail = (response: { writeHead(status: number): { end(): void } }) => response.writeHead(500).end();

describe('fifty instances that start at the same time', () => {
  it('make one fetch, and all have its result', async () => {
    const body = JSON.stringify({ keys: fleet.op.published });
    fleet.op.answerJwks = (response) => setTimeout(() => response.end(body), 200);
    const instances = Array.from({ length: 50 }, () => fleet.newInstance());
    const found = await Promise.all(instances.map((keys) => keys.find('es256')));
    expect(found.map((keys) => keys.length)).toEqual(instances.map(() => 1));
    expect(Object.fromEntries(fleet.op.requests)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
    expect(countOf('slot_lost')).toBeGreaterThan(0);
  });

  it('make one fetch where it fails, and none has to wait for the whole of a fetch', async () => {
    fleet.op.answerJwks = fail;
    const start = performance.now();
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => fleet.newInstance().find('es256')));
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(fleet.fetches()).toBe(1);
    expect(performance.now() - start).toBeLessThan(2500);
  });
});

describe('an instance that starts when the table is warm', () => {
  it('makes one read, and no fetch', async () => {
    await fleet.newInstance().find('es256');
    const watched = await watchedInstance();
    expect(await watched.keys.find('es256')).toHaveLength(1);
    expect(watched.proxy.operations).toEqual(['GetItem']);
    expect(fleet.fetches()).toBe(1);
  });
});

describe('a slow issuer', () => {
  it('is asked once, and instances that have no keys wait for whoever asks', async () => {
    let answer = () => undefined as unknown;
    const [key] = fleet.op.published;
    fleet.op.answerJwks = (response) => {
      answer = () => response.end(JSON.stringify({ keys: [key] }));
      setTimeout(() => answer(), 1200);
    };
    const outcomes = await Promise.all([fleet.newInstance().find('es256'), fleet.newInstance().find('es256')]);
    expect(outcomes.map((keys) => keys.length)).toEqual([1, 1]);
    expect(fleet.fetches()).toBe(1);
  });
});

describe('an issuer that fails', () => {
  it('is left alone for 25 seconds, and for twice as long each time, up to five minutes', async () => {
    fleet.op.answerJwks = fail;
    const tried: number[] = [];
    const begin = now();
    for (let second = 0; second < 1200; second++) {
      const before = fleet.fetches();
      await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
      if (fleet.fetches() > before) {
        tried.push(Math.round(now() - begin));
      }
      passSeconds(5);
    }
    const pauses = tried.map((time, index) => time - (tried[index - 1] ?? 0));
    expect(pauses.slice(0, 9)).toEqual([0, 25, 50, 100, 200, 300, 300, 300, 300]);
  });

  it('is asked again as often as any other once it has answered', async () => {
    fleet.op.answerJwks = fail;
    for (const pause of [25, 50, 100]) {
      await expect(fleet.newInstance().find('es256')).rejects.toThrow();
      passSeconds(pause);
    }
    fleet.op.answerJwks = undefined;
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    passSeconds(25);
    await expect(fleet.newInstance().find('other')).rejects.toMatchObject({ code: 'key_not_found' });
    expect(fleet.fetches()).toBe(5);
  });
});

describe('a winner', () => {
  it('that dies is waited for no longer than its cooldown', async () => {
    await claimSlot(fleet.table, fleet.op.location, 'of an instance that dies', now());
    passSeconds(6);
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    expect(fleet.fetches()).toBe(0);
    passSeconds(19);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
  });

  it('does not lose by the answer to its claim being lost on the way', async () => {
    const { proxy: watched, keys } = await watchedInstance(3);
    watched.fateOf = (operation) =>
      operation === 'UpdateItem' && watched.operations.filter((name) => name === 'UpdateItem').length === 1
        ? 'lose answer'
        : 'pass';
    expect(await keys.find('es256')).toHaveLength(1);
    expect(countOf('slot_unguarded')).toBe(0);
    expect(fleet.fetches()).toBe(1);
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
    expect(fleet.fetches()).toBe(1);
  });

  it('uses what it fetched also where the table takes it no more', async () => {
    const { proxy: watched, keys } = await watchedInstance();
    watched.fateOf = (operation, index) => (operation === 'UpdateItem' && index > 1 ? 'fail' : 'pass');
    expect(await keys.find('es256')).toHaveLength(1);
    expect(countOf('cache_failed')).toBe(2);
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    expect(fleet.fetches()).toBe(1);
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

describe('what the table holds', () => {
  const fetched = (fetchedAt: number, kid: string): FetchedJwks => ({
    jwks: { keys: [{ kty: 'EC', kid }] },
    source: 'https://op.example.com/jwks',
    etag: `"${kid}"`,
    fetchedAt,
    freshUntil: fetchedAt + 600,
  });
  const kidInTable = async () => (await readItem(fleet.table, fleet.op.location)).fetched?.jwks.keys[0]?.kid;

  it('is not replaced by what was fetched earlier and comes later', async () => {
    const { table, op } = fleet;
    await settleFetched(table, op.location, 'b', fetched(now(), 'newer'), []);
    await settleFetched(table, op.location, 'a', fetched(now() - 5, 'older'), []);
    expect(await kidInTable()).toBe('newer');
    await settleFetched(table, op.location, 'c', fetched(now() + 1, 'newest'), []);
    expect(await kidInTable()).toBe('newest');
  });

  it('is not delayed by the failure of who had the slot before', async () => {
    const { table, op } = fleet;
    await claimSlot(table, op.location, 'a', now());
    passSeconds(25);
    await claimSlot(table, op.location, 'b', now());
    await settleFailed(table, op.location, 'a', now() - 25, 9);
    const { slot } = await readItem(table, op.location);
    expect(slot).toMatchObject({ claim: 'b', nextFetchAt: now() + 25, failures: 0 });
  });

  it('keeps the slot from all others until its time, and no clock that is wrong closes it for longer', async () => {
    const { table, op } = fleet;
    const claim = async (name: string) => (await claimSlot(table, op.location, name, now())).slot?.claim === name;
    expect(await claim('a')).toBe(true);
    passSeconds(24);
    expect(await claim('b')).toBe(false);
    passSeconds(1);
    expect(await claim('c')).toBe(true);
    passSeconds(-7200);
    expect(await claim('d')).toBe(true);
  });

  it('is fetched anew where it cannot be read', async () => {
    const { table, op } = fleet;
    await table.client.send(
      new UpdateCommand({
        TableName: table.tableName,
        Key: { pk: partitionOf(op.location) },
        UpdateExpression: 'SET jwks = :jwks, fetchedAt = :now, freshUntil = :now, #source = :jwks, claim = :now',
        ExpressionAttributeNames: { '#source': 'source' },
        ExpressionAttributeValues: { ':jwks': '{"keys":', ':now': now() - 1 },
      }),
    );
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    expect(fleet.fetches()).toBe(1);
  });
});
