import { describe, expect, it } from 'vitest';
import { checkedClaims } from '../../../receiver/logout/logout-token-claims.ts';
import { parseRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../../../receiver/relying-parties/relying-party.ts';
import { validClaims } from '../../logout-token.ts';

const issuer = 'https://op.example.com';
const receivedAt = 1_800_000_000;

function relyingParty(settings: object): RelyingParty {
  const relyingParties = [{ issuer, clientId: 'shop', algorithms: ['RS256'], maxTokenAgeSeconds: 100, ...settings }];
  const [parsed] = parseRelyingParties(JSON.stringify({ relyingParties }), 'test').relyingParties;
  if (!parsed) {
    throw new Error('nobody was parsed');
  }
  return parsed;
}

const strict = relyingParty({ clockToleranceSeconds: 0 });
const tolerant = relyingParty({ clockToleranceSeconds: 60 });
const patient = relyingParty({ clockToleranceSeconds: 0, maxTokenAgeSeconds: 160 });
const demanding = relyingParty({ clockToleranceSeconds: 60, requireExp: true });

/** Each is taken by the one relying party alone, and refused by the other. */
describe('of several relying parties, whoever demands most decides', () => {
  it.each([
    ['iat_in_future', { iat: receivedAt + 30 }, tolerant, strict],
    ['token_too_old', { iat: receivedAt - 130 }, tolerant, strict],
    ['token_too_old', { iat: receivedAt - 130 }, patient, strict],
    ['token_expired', { exp: receivedAt - 30 }, tolerant, strict],
    ['token_not_yet_valid', { nbf: receivedAt + 30 }, tolerant, strict],
    ['exp_missing', { exp: undefined }, tolerant, demanding],
  ])('%s: %j', (reason, changes, lenient, other) => {
    const claims = { iat: receivedAt, exp: receivedAt + 60, sid: 'session', ...changes };
    const payload = JSON.parse(JSON.stringify(validClaims(issuer, 'shop', claims)));
    expect(checkedClaims(payload, [lenient], receivedAt)).toMatchObject({ sid: 'session' });
    for (const both of [
      [lenient, other],
      [other, lenient],
    ] as const) {
      expect(() => checkedClaims(payload, [...both], receivedAt)).toThrow(expect.objectContaining({ reason }));
    }
  });
});

it.each(['sub', 'sid', 'jti'])('a %s has up to 1,024 characters, and no more', (name) => {
  const judge = (length: number) =>
    checkedClaims(
      {
        ...validClaims(issuer, 'shop'),
        iat: receivedAt,
        exp: receivedAt + 60,
        sid: 'session',
        [name]: 'x'.repeat(length),
      },
      [strict],
      receivedAt,
    );
  expect(judge(1024)).toHaveProperty(name, 'x'.repeat(1024));
  expect(() => judge(1025)).toThrow(expect.objectContaining({ reason: `${name}_invalid` }));
});
