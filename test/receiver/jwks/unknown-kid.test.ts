import { afterEach, describe, expect, it } from 'vitest';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
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
    (error: { code: string }) => error.code,
  );

async function warmInstance(): Promise<Instance> {
  const keys = fleet.newInstance();
  await keys.find('es256');
  passSeconds(1);
  return keys;
}

describe('a kid that is not known', () => {
  it('is looked for at the issuer, so that a rotation gets through', async () => {
    const keys = await warmInstance();
    await fleet.op.addKey('ES256', 'rotated');
    passSeconds(25);
    expect(await keys.find('rotated')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('is found where another instance has fetched it already, with a look at the table and no fetch', async () => {
    const keys = await warmInstance();
    await fleet.op.addKey('ES256', 'rotated');
    passSeconds(25);
    await fleet.newInstance().find('rotated');
    expect(await keys.find('rotated')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('is not published, by keys that were asked for after its token came, and by no others', async () => {
    const keys = await warmInstance();
    const receivedAt = now();
    expect(await outcomeOf(keys.find('made-up'))).toBe('key_unsettled');
    passSeconds(23);
    expect(await outcomeOf(keys.find('made-up', { receivedAt }))).toBe('key_unsettled');
    await expect.poll(fleet.fetches).toBe(1);
    // When the queue has the logout tried again.
    passSeconds(7);
    expect(await outcomeOf(fleet.newInstance(true).find('made-up', { receivedAt }))).toBe('key_not_found');
    expect(await outcomeOf(keys.find('made-up', { receivedAt }))).toBe('key_not_found');
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('is told as a doubt where the keys may be older than its token, and not where that is settled', async () => {
    const keys = await warmInstance();
    const doubts = () => fleet.events.filter(({ type }) => type === 'keys_doubted');
    await outcomeOf(keys.find('made-up', { receivedAt: now() - 60 }));
    expect(doubts()).toEqual([]);
    await outcomeOf(keys.find('made-up'));
    expect(doubts()).toEqual([{ type: 'keys_doubted', issuer: fleet.op.issuer, problem: 'key_not_found' }]);
  });

  it('that cannot be settled since the issuer is down is told with why', async () => {
    const keys = await warmInstance();
    passSeconds(25);
    fleet.op.answerJwks = (response) => response.writeHead(503).end();
    await expect(keys.find('made-up')).rejects.toMatchObject({
      code: 'key_unsettled',
      cause: { message: `${fleet.op.issuer}/jwks answered 503` },
    });
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
    await expect.poll(fleet.fetches).toBe(1);
    expect(fleet.events.filter(({ type }) => type === 'keys_doubted')).toEqual([]);
  });

  it('is looked for again where it was not published a moment ago, as soon as that may be', async () => {
    const keys = await warmInstance();
    passSeconds(25);
    expect(await outcomeOf(keys.find('rotated'))).toBe('key_not_found');
    await fleet.op.addKey('ES256', 'rotated');
    passSeconds(1);
    expect(await outcomeOf(keys.find('rotated'))).toBe('key_unsettled');
    passSeconds(24);
    expect(await outcomeOf(keys.find('rotated'))).toBe('found');
  });

  it('is nobody’s fault while the issuer is down', async () => {
    const keys = await warmInstance();
    fleet.op.answerJwks = (response) => response.writeHead(503).end();
    passSeconds(60);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await outcomeOf(keys.find('rotated'))).toBe('key_unsettled');
      expect(await outcomeOf(keys.find('es256'))).toBe('found');
    }
    await expect.poll(fleet.fetches).toBe(2);
  });
});

describe('random kids without end', () => {
  it('keep nobody from being served whose key is known', async () => {
    const keys = await warmInstance();
    for (let kid = 0; kid < 200; kid++) {
      expect(await outcomeOf(keys.find(`random ${kid}`))).toBe('key_unsettled');
      expect(await keys.find('es256')).toHaveLength(1);
    }
    await expect.poll(fleet.fetches).toBe(1);
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
