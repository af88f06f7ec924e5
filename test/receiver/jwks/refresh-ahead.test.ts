import type { ServerResponse } from 'node:http';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { settleFetched } from '../../../receiver/jwks/jwks-cache-table.ts';
import type { JwksEvent } from '../../../receiver/jwks/jwks-event.ts';
import { distinctLocations } from '../../../receiver/jwks/jwks-location.ts';
import { refreshAhead, refreshAllAhead } from '../../../receiver/jwks/refresh-ahead.ts';
import { startIssuer } from '../../issuer.ts';
import { sampleOf } from '../../sample.ts';
import { instance, now, passSeconds, until, useFleet } from './fleet.ts';

const fleet = useFleet();
/** As the stack has it: five minutes from one to the next, and two more. */
const AHEAD_SECONDS = 420;

const refresh = (location = fleet.op.location) =>
  refreshAhead(fleet.table, location, AHEAD_SECONDS, (event) => fleet.events.push(event));

const ofAnother = { claimant: 'background', claim: 'of another instance' } as const;
const known = (fetchedAt: number) => ({
  ...{ jwks: { keys: [{ kty: 'EC', kid: 'k' } as const] }, source: 'https://op.example.com/jwks' },
  ...{ fetchedAt, asOf: fetchedAt, freshUntil: fetchedAt + 600 },
});

describe('the refresh ahead', () => {
  it('fetches keys before anybody needs them, so that no request has to', async () => {
    expect(await refresh()).toEqual({ issuer: fleet.op.issuer, ageSeconds: 0, ageInIntervals: 0 });
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    await expect.poll(fleet.fetches).toBe(1);
  });

  it('comes before keys stop being fresh, whatever the issuer says of them, and not sooner than it must', async () => {
    const ages = [
      [0, 37],
      [1800, 8],
      [3600, 4],
    ] as const;
    for (const [maxAge, fetchesInThreeHours] of sampleOf(ages, 2)) {
      fleet.op.headers = { 'cache-control': `max-age=${maxAge}` };
      passSeconds(86_400);
      const before = fleet.fetches();
      const events: JwksEvent[] = [];
      const keys = instance(fleet.table, fleet.op, events);
      for (let run = 0; run < 37; run++) {
        await refresh();
        for (const seconds of [0, 150, 150]) {
          passSeconds(seconds);
          await keys.find('es256');
        }
      }
      const fetches = fleet.fetches() - before;
      expect(fetches).toBeGreaterThanOrEqual(fetchesInThreeHours);
      expect(fetches).toBeLessThanOrEqual(fetchesInThreeHours * 1.4);
      // All by the refresh: no request has ever had to.
      expect(events).toEqual([]);
    }
  });

  it.each([
    ['exactly as long as they must', 0, 0],
    ['a millisecond less', 0.001, 1],
  ])('of keys that stay fresh %s', async (_time, less, fetches) => {
    const freshUntil = now() + AHEAD_SECONDS - less;
    // By a clock that is ahead: no age is less than none.
    await settleFetched(fleet.table, fleet.op.location, ofAnother, { ...known(now() + 50), freshUntil });
    expect(await refresh()).toMatchObject({ ageSeconds: 0 });
    expect(fleet.fetches()).toBe(fetches);
  });

  it('asks with the ETag, so that an issuer whose keys are the same sends nothing', async () => {
    fleet.op.hasEtag = true;
    for (let run = 0; run < 4; run++) {
      await refresh();
      passSeconds(300);
    }
    expect([fleet.fetches(), fleet.op.notModified]).toEqual([4, 3]);
  });

  it('brings a new key to all before its first use', async () => {
    const keys = fleet.newInstance();
    await refresh();
    await keys.find('es256');
    await fleet.op.addKey('ES256', 'next');
    passSeconds(300);
    await refresh();
    expect(await keys.find('next')).toHaveLength(1);
    expect(fleet.events.map(({ type }) => type)).toEqual(['fetched', 'fetched']);
  });

  it('holds to a fetch slot, which is not that of requests', async () => {
    fleet.op.answerJwks = (response) => response.writeHead(500).end();
    await refresh();
    await refresh();
    await expect.poll(fleet.fetches).toBe(1);
    await fleet
      .newInstance()
      .find('es256')
      .catch(() => undefined);
    await expect.poll(fleet.fetches).toBe(2);
    passSeconds(25);
    await refresh();
    await expect.poll(fleet.fetches).toBe(3);
  });

  it('tells how old the keys of an issuer that is down are, in the times after which they should be renewed', async () => {
    await refresh();
    fleet.op.answerJwks = (response) => response.writeHead(500).end();
    passSeconds(1200);
    const { ageSeconds, ageInIntervals } = await refresh();
    expect(ageSeconds).toBe(1200);
    expect(ageInIntervals).toBeGreaterThanOrEqual(2);
    expect(ageInIntervals).toBeLessThan(2.3);
  });

  it('asks no issuer while the table fails: all of its runs would, and nobody waits for them', async () => {
    Object.assign(fleet.table, { tableName: 'there-is-no-such-table' });
    expect(await refresh()).toMatchObject({ ageSeconds: undefined });
    expect(fleet.fetches()).toBe(0);
  });

  it('tells that the keys of an issuer were never had', async () => {
    fleet.op.answerJwks = (response) => response.writeHead(500).end();
    expect(await refresh()).toMatchObject({ ageSeconds: undefined, ageInIntervals: Number.POSITIVE_INFINITY });
  });

  it('of one issuer is not delayed by another that hangs', async () => {
    const hanging = await startIssuer('ES256');
    hanging.answerDiscovery = () => undefined;
    const slow = refresh(hanging.location);
    expect(await refresh()).toMatchObject({ ageSeconds: 0 });
    await until(() => hanging.requests.size > 0);
    fleet.passMilliseconds(30_000);
    expect(await slow).toMatchObject({ ageSeconds: undefined });
    await hanging.stop();
  });

  it('of many is of so many at the same time, and of the others when those are done', async () => {
    const held: ServerResponse[] = [];
    fleet.op.answerJwks = (response) => held.push(response);
    const { issuer } = fleet.op;
    const locations = [1, 2, 3, 4, 5].map((number) => ({ ...fleet.op.location, jwksUri: `${issuer}/jwks?${number}` }));
    const ages = refreshAllAhead(fleet.table, locations, AHEAD_SECONDS, (event) => fleet.events.push(event), 2);
    await until(() => held.length >= 2);
    // A third would have been there before one of which all begins now.
    fleet.op.answerJwks = undefined;
    await refresh();
    expect([...fleet.op.requests.keys()].filter((path) => path.startsWith('/jwks'))).toHaveLength(3);
    for (const response of held) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: fleet.op.published }));
    }
    expect(await ages).toEqual(locations.map(() => ({ issuer, ageSeconds: 0, ageInIntervals: 0 })));
  });
});

it('relying parties that share an issuer share one refresh', () => {
  const { location } = fleet.op;
  const elsewhere = { ...location, jwksUri: 'https://keys.example.com/' };
  expect(
    distinctLocations([
      location,
      elsewhere,
      { ...location },
      { ...elsewhere, issuer: 'https://twin' },
      { ...elsewhere, jwksUri: 'HTTPS://Keys.Example.com:443' },
    ]),
  ).toHaveLength(2);
});

it('makes every instance refuse a key that the issuer has withdrawn, a minute after the item was deleted by hand', async () => {
  const keys = fleet.newInstance();
  await fleet.op.addKey('ES256', 'next');
  expect(await keys.find('es256')).toHaveLength(1);
  passSeconds(1);
  fleet.op.published = fleet.op.published.filter(({ kid }) => kid === 'next');
  // As docs/runbook.md has it: of a signing key that has leaked.
  const Key = { pk: `ISSUER#${fleet.op.issuer}` };
  await fleet.table.client.send(new DeleteCommand({ TableName: fleet.table.tableName, Key }));
  await refresh();
  passSeconds(61);
  await expect(keys.find('es256')).rejects.toMatchObject({ name: 'JwksError' });
  expect(await keys.find('next')).toHaveLength(1);
});
