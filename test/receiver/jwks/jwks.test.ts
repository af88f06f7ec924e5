import { expect, it } from 'vitest';
import { jwksFrom } from '../../../receiver/jwks/jwks.ts';

const key = (members: object = {}) => ({ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', ...members });

it.each([
  ['usable ones', [key(), key({ kid: 'k' })], 2, 0],
  ['one twice', [key(), key()], 1, 0],
  ['one that cannot be used', [key(), 7, key({ kty: 'oct' })], 1, 2],
  ['a hundred', Array.from({ length: 100 }, (_, kid) => key({ kid })), 100, 0],
  ['more', [...Array.from({ length: 102 }, (_, kid) => key({ kid })), 7], 100, 3],
])('of keys, %s, those that are left out are counted', (_which, keys, kept, skippedKeys) => {
  const { jwks, ...counts } = jwksFrom({ keys });
  expect([jwks.keys.length, counts]).toEqual([kept, { skippedKeys }]);
});

it.each([
  ['an empty kid is a name', { kid: '' }, { kid: '' }],
  ['a kid of null is none', { kid: null }, {}],
  ['other members that are empty are none', { alg: '', use: null, key_ops: [] }, {}],
  ['one operation may stand alone', { key_ops: 'encrypt' }, { key_ops: ['encrypt'] }],
])('%s', (_rule, members, read) => {
  expect(jwksFrom({ keys: [key(members)] }).jwks.keys).toEqual([key(read)]);
});
