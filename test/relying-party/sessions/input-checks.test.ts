import { describe, expect, it } from 'vitest';
import {
  jsonObject,
  requireEpochSeconds,
  requireFuture,
  requireIssuedAt,
  requireNotBefore,
  requireText,
  requireWhole,
} from '../../../relying-party/sessions/input-checks.ts';
import { logoutScopesOf } from '../../../relying-party/sessions/login-identity.ts';

const NOW = 1_800_000_000;

describe('a time', () => {
  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('of %s is no epoch seconds', (value) => {
    expect(() => requireEpochSeconds('it', value)).toThrow(new RangeError(`it must be epoch seconds, found ${value}`));
  });

  it('of the year 5138 looks like milliseconds, and not what comes before', () => {
    expect(() => requireEpochSeconds('it', 1e11)).toThrow(/looks like milliseconds/);
    expect(() => requireEpochSeconds('it', 1e11 - 1)).not.toThrow();
    expect(() => requireEpochSeconds('it', 1)).not.toThrow();
  });

  it.each([
    ['an ID token', requireIssuedAt],
    ['a logout', requireNotBefore],
  ])('of %s may be ahead by five minutes, and no further', (_what, require) => {
    expect(() => require(NOW + 300, NOW)).not.toThrow();
    expect(() => require(NOW + 300.001, NOW)).toThrow(/must not be in the future/);
    expect(() => require(Number.NaN, NOW)).toThrow(/must be epoch seconds/);
  });

  it('that must still come does so in a second at the earliest, and loses its fraction', () => {
    expect(requireFuture('it', NOW + 1.9, NOW)).toBe(NOW + 1);
    expect(requireFuture('it', NOW + 1, NOW)).toBe(NOW + 1);
    expect(() => requireFuture('it', NOW + 0.999, NOW)).toThrow(/must be in the future/);
    expect(() => requireFuture('it', Number.POSITIVE_INFINITY, NOW)).toThrow(/must be epoch seconds/);
  });
});

describe('a number', () => {
  it.each([
    [{ count: 1 }, 2, undefined, 'count must be a whole number of at least 2, found 1'],
    [{ first: 2, count: 4 }, 2, 3, 'count must be a whole number from 2 to 3, found 4'],
    [{ count: 2.5 }, 2, 3, 'count must be a whole number from 2 to 3, found 2.5'],
    [{ count: 2 ** 53 }, 2, undefined, 'count must be a whole number of at least 2, found 9007199254740992'],
  ])('%j is refused', (numbers, min, max, message) => {
    expect(() => requireWhole(numbers, min, max)).toThrow(new RangeError(message));
  });

  it('in its range, edges and all, is taken', () => {
    expect(() => requireWhole({ least: 2, most: 3 }, 2, 3)).not.toThrow();
  });
});

it.each([[''], [7], [undefined], [null], [['x']]])('a text is not %j', (value) => {
  expect(() => requireText({ first: 'x', name: value })).toThrow(new TypeError('name must be a non-empty string'));
});

describe('data', () => {
  it.each([[[1]], [null], [undefined], ['{'], [7], [() => undefined]])('is not %s', (value) => {
    expect(() => Reflect.apply(jsonObject, undefined, ['data', value])).toThrow(
      new TypeError('data must be an object that JSON can hold'),
    );
  });

  it('has 390 KiB at most, in bytes', () => {
    const text = (bytes: number) => jsonObject('data', { a: 'ä'.repeat((bytes - 8) / 2) });
    expect(Buffer.byteLength(text(390 * 1024))).toBe(390 * 1024);
    expect(() => text(390 * 1024 + 2)).toThrow(RangeError);
  });
});

describe('the scopes of the logouts that end a login', () => {
  const relyingParty = { issuer: 'i', clientId: 'c' };
  const login = { ...relyingParty, idTokenIssuedAt: NOW };

  it('are those of its claims', () => {
    const [bySub, bySid] = [
      { ...relyingParty, sub: 'alice' },
      { ...relyingParty, sid: 'phone' },
    ];
    expect(logoutScopesOf({ ...login, sub: 'alice', sid: 'phone' })).toEqual([bySub, bySid]);
    expect(logoutScopesOf({ ...login, sub: 'alice' })).toEqual([bySub]);
    expect(logoutScopesOf({ ...login, sid: 'phone' })).toEqual([bySid]);
  });

  it.each([
    ['sub or sid must be given', {}],
    ['sub must be a non-empty string', { sub: '', sid: 'phone' }],
    ['sid must be a non-empty string', { sub: 'alice', sid: '' }],
    ['issuer must be a non-empty string', { sub: 'alice', issuer: '' }],
    ['clientId must be a non-empty string', { sid: 'phone', clientId: '' }],
  ])('are none: %s', (message, changes) => {
    expect(() => logoutScopesOf({ ...login, ...changes })).toThrow(new TypeError(message));
  });
});
