import { expect, it } from 'vitest';
import { publishedUse } from '../../../receiver/jwks/published-use.ts';

// IANA's registry "JSON Web Signature and Encryption Algorithms".
it.each([
  ...['HS256', 'RS256', 'RS384', 'PS512', 'ES256', 'ES256K', 'EdDSA', 'Ed25519', 'Ed448', 'ML-DSA-44', 'none', 'dir'],
  ...['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'PBES2-HS256+A128KW'],
  ...['A128KW', 'A192KW', 'A256KW', 'A128GCMKW', 'A128CBC-HS256', 'A256GCM'],
])('a key that is published for %s is good for this alone', (alg) => {
  expect(publishedUse({ kty: 'EC', alg })).toEqual({ kty: 'EC', alg });
});

it.each([
  ...['RSA', 'RSA256', 'RSA1_5x', 'SHA256withRSA', 'EC', 'ES', 'A128', 'A512KW', 'rs256', 'XRS256', 'an EdDSA'],
  ...['Ed25518', 'EdDSAx', 'directory', 'nonesuch', ''],
])('a key that is published for %j, which is no algorithm, is bound to none', (alg) => {
  expect(publishedUse({ kty: 'RSA', alg })).toEqual({ kty: 'RSA' });
});

it.each([
  ['Ed25519', 'EdDSA', {}],
  ['Ed25519', 'Ed25519', {}],
  ['Ed25519', 'ES256', { alg: 'ES256' }],
  ['Ed448', 'EdDSA', { alg: 'EdDSA' }],
])('a key on %s that is published for %s may verify by both names of its one algorithm', (crv, alg, bound) => {
  expect(publishedUse({ kty: 'OKP', crv, alg })).toEqual({ kty: 'OKP', crv, ...bound });
});

it.each([
  [['sign'], ['verify']],
  [['sign', 'verify'], ['verify']],
  [['verify', 'encrypt'], ['verify']],
  [['encrypt'], ['encrypt']],
  [
    ['signs', 'to verify', 'verifyX', 'unsign'],
    ['signs', 'to verify', 'verifyX', 'unsign'],
  ],
  [[], []],
])('of a key that is published for %j, the public half may be used for %j', (key_ops, usable) => {
  expect(publishedUse({ kty: 'EC', key_ops })).toEqual({ kty: 'EC', key_ops: usable });
});
