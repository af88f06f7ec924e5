import { afterEach, describe, expect, it } from 'vitest';
import { readItem } from '../../functions/jwks/jwks-cache-table.ts';
import { kidHash } from '../../functions/jwks/key-set.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../dynamodb-proxy.ts';
import { type Instance, instance, now, passSeconds, useFleet } from './fleet.ts';

const fleet = useFleet();
let proxy: DynamodbProxy | undefined;

afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});

const outcomeOf = (finding: Promise<unknown>): Promise<string> =>
  finding.then(
    () => 'found',
    (error: { code: string; isWorthKeeping: boolean }) =>
      error.isWorthKeeping ? error.code : `${error.code}, not kept`,
  );

async function warmInstance(): Promise<Instance> {
  const keys = fleet.newInstance();
  await keys.find('es256');
  passSeconds(1);
  return keys;
}

/** Has the issuer asked for the kid `made-up`, which is absent. */
async function lookInVain(): Promise<void> {
  await warmInstance();
  passSeconds(25);
  await fleet
    .newInstance()
    .find('made-up')
    .catch(() => undefined);
  passSeconds(1);
}

describe('a kid that is not known', () => {
  it('is looked for at the issuer, so that a rotation gets through', async () => {
    const keys = await warmInstance();
    await fleet.op.addKey('ES256', 'rotated');
    passSeconds(25);
    expect(await keys.find('rotated')).toHaveLength(1);
    expect(fleet.fetches()).toBe(2);
  });

  it('is found where another instance has fetched it already, with a look at the table and no fetch', async () => {
    const keys = await warmInstance();
    await fleet.op.addKey('ES256', 'rotated');
    passSeconds(25);
    await fleet.newInstance().find('rotated');
    expect(await keys.find('rotated')).toHaveLength(1);
    expect(fleet.fetches()).toBe(2);
  });

  it('is refused for good by keys that were asked for after its token came, and by no others', async () => {
    const keys = await warmInstance();
    const receivedAt = now();
    expect(await outcomeOf(keys.find('made-up'))).toBe('key_unsettled');
    passSeconds(23);
    expect(await outcomeOf(keys.find('made-up', { receivedAt }))).toBe('key_unsettled');
    expect(fleet.fetches()).toBe(1);
    // When the queue has the logout tried again.
    passSeconds(7);
    expect(await outcomeOf(fleet.newInstance(true).find('made-up', { receivedAt }))).toBe('key_not_found');
    expect(await outcomeOf(keys.find('made-up', { receivedAt }))).toBe('key_not_found');
    expect(fleet.fetches()).toBe(2);
  });

  it('in the cooldown, of a real rotation, is not lost: it is found when it is tried again after 30 seconds', async () => {
    const keys = await warmInstance();
    await fleet.op.addKey('ES256', 'rotated');
    const receivedAt = now();
    expect(await outcomeOf(keys.find('rotated'))).toBe('key_unsettled');
    passSeconds(30);
    expect(await outcomeOf(fleet.newInstance(true).find('rotated', { receivedAt }))).toBe('found');
  });

  it('that was published before its first use costs nothing', async () => {
    await fleet.op.addKey('ES256', 'next');
    const keys = await warmInstance();
    expect(await keys.find('next')).toHaveLength(1);
    expect(fleet.fetches()).toBe(1);
    expect(fleet.events.filter(({ type }) => type === 'kid_unknown')).toEqual([]);
  });

  it('is no reason to fetch where it is published for another use', async () => {
    fleet.op.published = fleet.op.published.map((key) => ({ ...key, use: 'enc' }));
    const keys = fleet.newInstance();
    expect(await outcomeOf(keys.find('es256'))).toBe('key_not_found');
    passSeconds(60);
    expect(await outcomeOf(keys.find('es256'))).toBe('key_not_found');
    expect(fleet.fetches()).toBe(1);
  });

  it('is nobody’s fault while the issuer is down', async () => {
    const keys = await warmInstance();
    fleet.op.answerJwks = (response) => response.writeHead(503).end();
    passSeconds(60);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await outcomeOf(keys.find('rotated'))).toBe('key_unsettled');
      expect(await outcomeOf(keys.find('es256'))).toBe('found');
    }
    expect(fleet.fetches()).toBe(2);
  });
});

describe('a kid that was looked for and is not published', () => {
  it('is kept as absent, by its hash, with the keys that show it, and until the next ones', async () => {
    const keys = await warmInstance();
    passSeconds(25);
    expect(await outcomeOf(keys.find('made-up'))).toBe('key_not_found');
    const absent = async () => (await readItem(fleet.table, fleet.op.location)).absentKids;
    expect(await absent()).toEqual([kidHash('made-up')]);
    passSeconds(25);
    expect(await outcomeOf(keys.find('another'))).toBe('key_not_found');
    expect(await absent()).toEqual([kidHash('another')]);
  });

  it('keeps five logouts of an instance waiting, and refuses the others, until the issuer may be asked again', async () => {
    await lookInVain();
    const keys = fleet.newInstance();
    const outcomes = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      outcomes.push(await outcomeOf(keys.find('made-up')));
    }
    expect(outcomes).toEqual([...Array(5).fill('key_unsettled'), ...Array(3).fill('key_not_found')]);
    expect(await outcomeOf(keys.find('another'))).toBe('key_unsettled');
    expect(fleet.fetches()).toBe(2);
  });

  it('is not refused for being absent where its logout has been kept', async () => {
    await lookInVain();
    const keys = fleet.newInstance(true);
    for (let attempt = 0; attempt < 60; attempt++) {
      expect(await outcomeOf(keys.find('made-up'))).toBe('key_unsettled');
    }
  });

  it('is one of twenty at most, the last ones', async () => {
    const keys = await warmInstance();
    for (let kid = 0; kid < 100; kid++) {
      await keys.find(`random ${kid}`).catch(() => undefined);
    }
    passSeconds(25);
    await keys.find('last').catch(() => undefined);
    const { absentKids } = await readItem(fleet.table, fleet.op.location);
    expect(absentKids).toHaveLength(20);
    expect(absentKids.at(-1)).toBe(kidHash('last'));
  });
});

describe('random kids without end', () => {
  it('keep fifty logouts of an instance waiting in a cooldown, and no more: the queue is not theirs to fill', async () => {
    const keys = await warmInstance();
    const outcomes = new Map<string, number>();
    for (let kid = 0; kid < 200; kid++) {
      const outcome = await outcomeOf(keys.find(`random ${kid}`));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(Object.fromEntries(outcomes)).toEqual({ key_unsettled: 50, 'key_unsettled, not kept': 150 });
    // Good tokens are served all the same.
    expect(await keys.find('es256')).toHaveLength(1);
  });

  it('do not use up what is kept for a kid that comes again and again, as that of a real rotation does', async () => {
    const keys = await warmInstance();
    await fleet.op.addKey('ES256', 'rotated');
    const outcomes = [];
    for (let kid = 0; kid < 2000; kid++) {
      await keys.find(`random ${kid}`).catch(() => undefined);
      if (kid % 200 === 199) {
        outcomes.push(await outcomeOf(keys.find('rotated')));
      }
    }
    expect(outcomes).toEqual(['key_unsettled, not kept', ...Array(9).fill('key_unsettled')]);
  });

  it('make an instance look at the table once a second, and write nothing while the slot is closed', async () => {
    await warmInstance();
    proxy = await startDynamodbProxy(1);
    const { tableName } = fleet.table;
    const keys = instance({ client: proxy.client, tableName }, fleet.op, fleet.events);
    for (let tenth = 0; tenth < 200; tenth++) {
      await keys.find(`random ${tenth}`).catch(() => undefined);
      passSeconds(0.1);
    }
    expect(proxy.operations.length).toBeGreaterThanOrEqual(19);
    expect(proxy.operations.length).toBeLessThanOrEqual(21);
    expect(new Set(proxy.operations)).toEqual(new Set(['GetItem']));
  });
});
