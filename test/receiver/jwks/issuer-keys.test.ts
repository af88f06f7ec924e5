import { afterEach, describe, expect, it } from 'vitest';
import { jwksFrom } from '../../../receiver/jwks/jwks.ts';
import { claimSlot, settleFetched } from '../../../receiver/jwks/jwks-cache-table.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { instance, now, passSeconds, until, useFleet } from './fleet.ts';

const fleet = useFleet();
let proxy: DynamodbProxy | undefined;

afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
});

async function watchedInstance(isPatient = false) {
  const started = await startDynamodbProxy(1);
  proxy = started;
  const { client, operations } = started;
  return { operations, keys: instance({ ...fleet.table, client }, fleet.op, fleet.events, isPatient) };
}

const ofAnother = { claimant: 'request', claim: 'of another instance' } as const;

/** Another instance fetched the issuer's keys. */
async function fetchedByAnother(fetchedAt: number, freshUntil: number): Promise<void> {
  const { jwks } = jwksFrom({ keys: fleet.op.published });
  const fetched = { jwks, source: `${fleet.op.issuer}/jwks`, fetchedAt, asOf: fetchedAt, freshUntil };
  await settleFetched(fleet.table, fleet.op.location, ofAnother, fetched);
}

describe('keys in memory', () => {
  it.each([
    ['for a minute', 59.999, 60],
    ['whichever way the clock is set', -59.999, -60],
  ])('are used without a look at the table %s', async (_which, used, looked) => {
    await fetchedByAnother(now(), now() + 600);
    const { keys, operations } = await watchedInstance();
    await keys.find('es256');
    passSeconds(used);
    await keys.find('es256');
    expect(operations).toEqual(['GetItem']);
    passSeconds(looked - used);
    await keys.find('es256');
    expect(operations).toEqual(['GetItem', 'GetItem']);
  });

  it('are fetched anew at the moment when they are not fresh any more', async () => {
    await fetchedByAnother(now(), now() + 30);
    const keys = fleet.newInstance();
    await keys.find('es256');
    passSeconds(29.999);
    await keys.find('es256');
    expect(fleet.fetches()).toBe(0);
    passSeconds(0.001);
    await keys.find('es256');
    await expect.poll(fleet.fetches).toBe(1);
  });
});

it('keys from a clock that is ahead by a minute are taken, and none from further ahead', async () => {
  await fetchedByAnother(now() + 60, now() + 600);
  await fleet.newInstance().find('es256');
  expect(fleet.fetches()).toBe(0);
  await fetchedByAnother(now() + 60.001, now() + 600);
  await fleet.newInstance().find('es256');
  await expect.poll(fleet.fetches).toBe(1);
});

describe('what another instance fetches', () => {
  it.each([
    ['a request', false, 3.5],
    ['a deferred logout', true, 32],
  ])('is waited for by %s no longer than its own fetch would take', async (_who, isPatient, seconds) => {
    const { keys } = await watchedInstance(isPatient);
    const claim = { ...ofAnother, claimant: isPatient ? 'background' : 'request' } as const;
    // Still under way by then.
    await claimSlot(fleet.table, fleet.op.location, claim, now() + 1);
    const outcome = expect(keys.find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    await until(() => fleet.events.length > 0);
    expect(fleet.events.map(({ type }) => type)).toEqual(['slot_lost']);
    passSeconds(seconds);
    await outcome;
    expect(fleet.fetches()).toBe(0);
  });

  it('is waited for a second where there are keys that do not fit', async () => {
    await fetchedByAnother(now() - 1, now() + 600);
    await claimSlot(fleet.table, fleet.op.location, { ...ofAnother, claim: 'of a third one' }, now());
    const outcome = expect(fleet.newInstance().find('new')).rejects.toMatchObject({ code: 'key_unsettled' });
    await until(() => fleet.events.some(({ type }) => type === 'slot_lost'));
    passSeconds(1);
    await outcome;
    expect(fleet.fetches()).toBe(0);
  });
});
