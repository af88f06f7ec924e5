import { afterEach, expect, it, vi } from 'vitest';
import { type FetchedJwks, fetchJwks } from '../../../receiver/jwks/jwks-fetch.ts';
import { useFleet } from './fleet.ts';

const NOW = 1_800_000_000;
const fleet = useFleet();

afterEach(() => {
  vi.restoreAllMocks();
});

async function fetched(headers: Record<string, string>, known?: FetchedJwks, isInDoubt = false) {
  fleet.op.headers = headers;
  return await fetchJwks(fleet.op.location, known, { claimant: 'request', isInDoubt, now: NOW });
}

it.each([
  [512, 512],
  [513, undefined],
])('of an ETag of %i characters, %s are kept', async (characters, kept) => {
  const { etag } = (await fetched({ etag: 'x'.repeat(characters) })).fetched;
  expect(etag?.length).toBe(kept);
});

it.each([
  [0, 600],
  [0.5, 570],
  [0.999, 540],
])('keys are asked for earlier by up to a tenth of their time (chance: %d)', async (chance, seconds) => {
  vi.spyOn(Math, 'random').mockReturnValue(chance);
  expect((await fetched({})).fetched.freshUntil).toBe(NOW + seconds);
});

it.each([
  ['as old as', '9', NOW - 10, true],
  ['newer than', '8', NOW - 9, true],
  ['older than', '10', NOW - 10, false],
])('an answer that is %s what is known takes its place, unless it is older', async (_age, age, asOf, isTaken) => {
  const { fetched: first } = await fetched({});
  const known = { ...first, asOf: NOW - 10, fetchedAt: NOW - 10, freshUntil: NOW };
  await fleet.op.addKey('ES256', 'next');
  const next = await fetched({ age }, known);
  expect(next).toMatchObject({ isModified: isTaken, fetched: { asOf, fetchedAt: NOW } });
  expect(next.fetched.jwks.keys.length).toBe(isTaken ? 2 : 1);
  expect(next.fetched.freshUntil).toBeGreaterThan(NOW);
});

it('what is known and has not changed skips no keys, and an issuer in doubt must send all of it', async () => {
  fleet.op.hasEtag = true;
  const { fetched: known, isModified, skippedKeys } = await fetched({});
  expect([isModified, skippedKeys]).toEqual([true, 0]);
  expect(await fetched({}, known)).toMatchObject({ isModified: false, skippedKeys: 0, fetched: { jwks: known.jwks } });
  expect(await fetched({}, known, true)).toMatchObject({ isModified: true });
});
