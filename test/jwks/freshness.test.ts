import { expect, it } from 'vitest';
import { freshSecondsOf } from '../../functions/jwks/freshness.ts';

it.each([
  [600, 'nothing is said', {}],
  [1800, 'max-age lies within the bounds', { 'cache-control': 'public, max-age=1800' }],
  [1800, 'it is written in another way', { 'cache-control': 'MAX-AGE="1800" , immutable' }],
  [600, 'it is less than the least', { 'cache-control': 'max-age=5' }],
  [3600, 'it is more than the most', { 'cache-control': 'max-age=31536000' }],
  [600, 'it is no number', { 'cache-control': 'max-age=-1' }],
  [600, 'there is s-maxage alone, which is for shared caches', { 'cache-control': 's-maxage=1800' }],
  [1500, 'the answer lay in a cache for a while', { 'cache-control': 'max-age=1800', age: '300' }],
  [1800, 'its age is no number', { 'cache-control': 'max-age=1800', age: 'x' }],
  [600, 'it must not be stored', { 'cache-control': 'no-store, max-age=1800' }],
  [600, 'it must not be cached', { 'cache-control': 'no-cache, max-age=1800' }],
])('keys are fresh for %d seconds where %s', (seconds, _case, headers) => {
  expect(freshSecondsOf(headers)).toBe(seconds);
});
