import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Jwks } from '../../../receiver/jwks/jwks.ts';
import { keySet, keysIn } from '../../../receiver/jwks/key-set.ts';

type PublicKey = Jwks['keys'][number];

const broken = (x: string): PublicKey => ({ kty: 'EC', crv: 'P-256', x, y: 'AA', kid: 'k' });
let good: PublicKey;

beforeAll(async () => {
  const { x = '', y = '' } = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey);
  good = { kty: 'EC', crv: 'P-256', x, y, kid: 'k' };
});

const fetched = (...keys: PublicKey[]) => ({ jwks: { keys }, source: '', fetchedAt: 0, asOf: 0, freshUntil: 0 });

describe('of keys under one kid', () => {
  it('those that cannot be imported are left out', async () => {
    const set = keySet(fetched(broken('AA'), good, broken('BB')), undefined);
    expect(await keysIn(set, 'ES256', 'k')).toEqual({ keys: [expect.anything()] });
  });

  it.each<[string | undefined, string]>([
    ['k', 'key_unusable'],
    [undefined, 'key_ambiguous'],
    ['other', 'key_not_found'],
  ])('none of which can be imported, a token with kid %s is told %s', async (kid, problem) => {
    const set = keySet(fetched(broken('AA'), broken('BB')), undefined);
    expect(await keysIn(set, 'ES256', kid)).toEqual({ problem });
  });
});

it('keys that are fetched again are known to be the same, whenever that was, and others not to be', () => {
  const before = keySet(fetched(good), undefined);
  const again = { ...fetched(good), fetchedAt: 1 };
  expect(keySet(again, before)).toEqual({ find: before.find, fetched: again });
  expect(keySet(again, before).find).toBe(before.find);
  expect(keySet(fetched(good, broken('AA')), before).find).not.toBe(before.find);
  expect(keySet(again, undefined).find).not.toBe(before.find);
});
