import { describe, expect, it } from 'vitest';
import { claimedOrigin } from '../../../receiver/logout/claimed-origin.ts';
import { encoded } from '../../logout-token.ts';

const token = (header: object, payload: object) => `${encoded(header)}.${encoded(payload)}.c2lnbmF0dXJl`;

describe('the origin that a token claims', () => {
  it('is where it comes from and how it is signed, and never whom it is about', () => {
    const payload = { iss: 'https://op.example.com/', aud: 'shop', sub: 'alice', sid: 'a1', jti: 'j1' };
    expect(claimedOrigin(token({ alg: 'RS256', kid: 'k1', typ: 'logout+jwt', x5c: ['cert'] }, payload))).toEqual({
      iss: 'https://op.example.com/',
      aud: 'shop',
      alg: 'RS256',
      kid: 'k1',
      typ: 'logout+jwt',
    });
  });

  it('of an encrypted token is what its header replicates', () => {
    const header = { alg: 'ECDH-ES', enc: 'A256GCM', kid: 'k1', iss: 'https://op.example.com', sub: 'alice' };
    expect(claimedOrigin(`${encoded(header)}..aXY.Y2lwaGVydGV4dA.dGFn`)).toEqual({
      alg: 'ECDH-ES',
      enc: 'A256GCM',
      kid: 'k1',
      iss: 'https://op.example.com',
    });
  });

  it.each<[string, object, object]>([
    ['a long text is cut', { iss: 'x'.repeat(201) }, { iss: `${'x'.repeat(200)}...` }],
    [
      'a long audience is cut',
      { aud: ['1', '2', '3', '4', '5', '6', '7'] },
      { aud: ['1', '2', '3', '4', '5', '(2 more)'] },
    ],
    ['an object is named, and not shown', { iss: { sub: 'alice' } }, { iss: '(an object)' }],
    ['so is a number', { aud: [7] }, { aud: ['(a number)'] }],
    ['so is null', { aud: null }, { aud: '(null)' }],
    ['what is not there is left out', {}, {}],
  ])('%s', (_case, payload, expected) => {
    expect(claimedOrigin(token({}, payload))).toEqual(expected);
  });

  it.each(['', 'made-up', '...', 'a.b.c', `${encoded([1])}.${encoded('null')}.x`])('of %j is nothing', (text) => {
    expect(claimedOrigin(text)).toEqual({});
  });
});
