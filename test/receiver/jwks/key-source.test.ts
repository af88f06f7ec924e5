import { describe, expect, it } from 'vitest';
import { now, passSeconds, useFleet } from './fleet.ts';

const fleet = useFleet();

const outOfOrder = (response: { writeHead(status: number): { end(): void } }) => response.writeHead(503).end();

describe('the three levels', () => {
  it('the issuer is asked once, and its keys are kept in memory, and in the table for other instances', async () => {
    const first = fleet.newInstance();
    await first.find('es256');
    await first.find('es256');
    await fleet.newInstance().find('es256');
    expect(Object.fromEntries(fleet.op.requests)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
  });

  it('a configured jwksUri is taken without a look at the discovery document', async () => {
    const location = { ...fleet.op.location, issuer: 'https://op.example.com', jwksUri: `${fleet.op.issuer}/keys` };
    await fleet.newInstance().find('es256', { location });
    expect(Object.fromEntries(fleet.op.requests)).toEqual({ '/keys': 1 });
  });

  it('keys at a configured jwksUri and those of an issuer of the same name are kept apart', async () => {
    const { op } = fleet;
    const keys = fleet.newInstance();
    await keys.find('es256', { location: { ...op.location, issuer: 'https://op.example.com', jwksUri: op.issuer } });
    await keys.find('es256');
    expect(Object.fromEntries(op.requests)).toEqual({ '/': 1, '/.well-known/openid-configuration': 1, '/jwks': 1 });
  });

  it('what a relying party says of its keys holds from when it says so', async () => {
    const { location } = fleet.op;
    const keys = fleet.newInstance();
    await keys.find('es256', { location });
    fleet.op.answerJwks = outOfOrder;
    passSeconds(7200);
    expect(await keys.find('es256', { location })).toHaveLength(1);
    await expect(keys.find('es256', { location: { ...location, jwksMaxStaleSeconds: 3600 } })).rejects.toThrow();
    expect(await keys.find('es256', { location })).toHaveLength(1);
  });

  it('many requests at once on one instance see one fetch', async () => {
    const keys = fleet.newInstance();
    await Promise.all(Array.from({ length: 50 }, () => keys.find('es256')));
    await expect.poll(fleet.fetches).toBe(1);
  });
});

describe('keys that are fresh', () => {
  it('are used for ten minutes, less a random tenth, without a look at the issuer', async () => {
    const keys = fleet.newInstance();
    await keys.find('es256');
    passSeconds(539);
    await keys.find('es256');
    await fleet.newInstance().find('es256');
    await expect.poll(fleet.fetches).toBe(1);
    passSeconds(61);
    await keys.find('es256');
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('are used for as long as the issuer says, up to an hour', async () => {
    fleet.op.headers = { 'cache-control': 'public, max-age=7200' };
    const keys = fleet.newInstance();
    await keys.find('es256');
    passSeconds(3239);
    await keys.find('es256');
    await expect.poll(fleet.fetches).toBe(1);
    passSeconds(361);
    await keys.find('es256');
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('and that another instance says it fetched in the future are fetched again, and replaced', async () => {
    passSeconds(3600);
    await fleet.newInstance().find('es256');
    passSeconds(-3600);
    await fleet.newInstance().find('es256');
    await fleet.newInstance().find('es256');
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('are asked for with their ETag when they are not fresh any more, and are fresh again when it still holds', async () => {
    fleet.op.hasEtag = true;
    const keys = fleet.newInstance();
    await keys.find('es256');
    passSeconds(600);
    await fleet.newInstance().find('es256');
    await expect.poll(() => fleet.op.notModified).toBe(1);
    passSeconds(500);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(2);
    await expect
      .poll(() => fleet.events)
      .toContainEqual(expect.objectContaining({ type: 'fetched', isModified: false }));
  });

  it('are not asked for with the ETag of keys that were somewhere else', async () => {
    fleet.op.hasEtag = true;
    const keys = fleet.newInstance();
    await keys.find('es256');
    fleet.op.discovery = { jwks_uri: `${fleet.op.issuer}/moved` };
    passSeconds(600);
    await keys.find('es256');
    await expect.poll(() => fleet.op.requests.get('/moved')).toBe(1);
    expect(fleet.op.requestHeaders).not.toHaveProperty('if-none-match');
  });
});

describe('a key that the issuer withdraws', () => {
  it('is refused after the next successful fetch by whatever instance, a minute later at the latest', async () => {
    const keys = fleet.newInstance();
    await fleet.op.addKey('ES256', 'next');
    await keys.find('es256');
    fleet.op.published = fleet.op.published.filter(({ kid }) => kid === 'next');
    passSeconds(590);
    // Looks again, and finds keys that are fresh for a moment.
    await keys.find('next').catch(() => undefined);
    passSeconds(10);
    await fleet.newInstance().find('next');
    await expect.poll(fleet.fetches).toBeGreaterThanOrEqual(2);
    passSeconds(61);
    await expect(keys.find('es256')).rejects.toMatchObject({ name: 'JwksError' });
    expect(await keys.find('next')).toHaveLength(1);
  });

  it('is refused at the maximum age, also where the issuer is down since', async () => {
    const location = { ...fleet.op.location, jwksMaxStaleSeconds: 3600 };
    const keys = fleet.newInstance();
    await keys.find('es256', { location });
    fleet.op.answerJwks = outOfOrder;
    passSeconds(3599);
    expect(await keys.find('es256', { location })).toHaveLength(1);
    passSeconds(1);
    await expect(keys.find('es256', { location })).rejects.toMatchObject({ code: 'jwks_unavailable' });
  });
});

describe('an issuer that is down', () => {
  it('keeps its known keys for a day, also for instances that start meanwhile, and no longer', async () => {
    const keys = fleet.newInstance();
    await keys.find('es256');
    fleet.op.answerJwks = outOfOrder;
    for (let hour = 1; hour <= 23; hour++) {
      passSeconds(3600);
      expect(await keys.find('es256')).toHaveLength(1);
      expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    }
    passSeconds(3600);
    for (const each of [keys, fleet.newInstance()]) {
      await expect(each.find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    }
  });

  it('does not make a logout wait for its known keys when it hangs', async () => {
    const keys = fleet.newInstance();
    await keys.find('es256');
    fleet.op.answerJwks = () => undefined;
    passSeconds(700);
    // By the clock of the test, no fetch is ever given up.
    expect(await keys.find('es256')).toHaveLength(1);
    expect(fleet.events.map(({ type }) => type)).toEqual(['fetched']);
  });

  it('keeps its known keys when it publishes none any more', async () => {
    const keys = fleet.newInstance();
    await keys.find('es256');
    fleet.op.answerJwks = (response) => response.end('{"keys":[]}');
    passSeconds(700);
    expect(await keys.find('es256')).toHaveLength(1);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
  });

  it('tells why, to who is not served', async () => {
    fleet.op.answerJwks = outOfOrder;
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({
      code: 'jwks_unavailable',
      cause: { message: `${fleet.op.issuer}/jwks answered 503` },
    });
  });
});

describe('a cache table that fails', () => {
  it('is no reason to fail where the issuer answers, and each instance holds the cooldown by itself', async () => {
    const keys = fleet.newInstance();
    Object.assign(fleet.table, { tableName: 'there-is-no-such-table' });
    const blind = fleet.newInstance();
    expect(await blind.find('es256')).toHaveLength(1);
    for (let second = 0; second < 24; second++) {
      await expect(blind.find(`random ${second}`, { receivedAt: now() + 1 })).rejects.toMatchObject({
        code: 'key_unsettled',
      });
      passSeconds(1);
    }
    await expect.poll(fleet.fetches).toBe(1);
    expect(fleet.events.filter(({ type }) => type === 'slot_unguarded')).toHaveLength(1);
    await expect
      .poll(() => fleet.events)
      .toContainEqual(
        expect.objectContaining({
          type: 'cache_failed',
          error: expect.objectContaining({ name: 'ResourceNotFoundException' }),
        }),
      );
    expect(keys).toBeDefined();
  });

  it('is no reason to ask the issuer for keys that are known, and not too old', async () => {
    const { table, newInstance } = fleet;
    const keys = newInstance();
    await keys.find('es256');
    Object.assign(table, { tableName: 'there-is-no-such-table' });
    for (let minute = 0; minute < 20; minute++) {
      passSeconds(60);
      expect(await keys.find('es256')).toHaveLength(1);
    }
    await expect.poll(fleet.fetches).toBe(1);
  });

  it('and then has older keys than the instance fetched meanwhile: they do not take the place of the newer ones', async () => {
    const { table, op } = fleet;
    const { tableName } = table;
    const keys = fleet.newInstance();
    await keys.find('es256');
    Object.assign(table, { tableName: 'there-is-no-such-table' });
    await op.addKey('ES256', 'rotated');
    passSeconds(60);
    expect(await keys.find('rotated')).toHaveLength(1);
    Object.assign(table, { tableName });
    passSeconds(120);
    expect(await keys.find('rotated')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(2);
  });
});

it('a fetch tells how old its answer may be, by what a cache on the way says', async () => {
  fleet.op.answerJwks = (response) =>
    response.writeHead(200, { age: '50' }).end(JSON.stringify({ keys: fleet.op.published }));
  await fleet.newInstance().find('es256');
  expect(fleet.events).toContainEqual(expect.objectContaining({ type: 'fetched', ageSeconds: 51 }));
});

it('an issuer that says nothing has changed is not believed where a token does not fit what is known', async () => {
  fleet.op.answerJwks = (response) =>
    fleet.op.requestHeaders?.['if-none-match'] === 'always the same'
      ? response.writeHead(304).end()
      : response.writeHead(200, { etag: 'always the same' }).end(JSON.stringify({ keys: fleet.op.published }));
  const keys = fleet.newInstance();
  await keys.find('es256');
  await fleet.op.addKey('ES256', 'rotated');
  passSeconds(60);
  expect(await keys.find('rotated')).toHaveLength(1);
});
