import { expect, it } from 'vitest';
import { ageSecondsOf, freshSecondsOf } from '../../../receiver/jwks/freshness.ts';

it.each([
  [600, 'nothing is said', {}],
  [1800, 'max-age lies within the bounds', { 'cache-control': 'public, max-age=1800' }],
  [1800, 'it is written in another way', { 'cache-control': 'MAX-AGE="1800" , immutable' }],
  [600, 'it is less than the least', { 'cache-control': 'max-age=5' }],
  [3600, 'it is more than the most', { 'cache-control': 'max-age=31536000' }],
  [600, 'it is no number', { 'cache-control': 'max-age=-1' }],
  [600, 'there is s-maxage alone, which is for shared caches', { 'cache-control': 's-maxage=1800' }],
  [1499, 'the answer lay in a cache for 300 whole seconds and more', { 'cache-control': 'max-age=1800', age: '300' }],
  [1800, 'its age is no number', { 'cache-control': 'max-age=1800', age: 'x' }],
  [1800, 'there is space around it', { 'cache-control': 'public , max-age = 1800 ' }],
  [600, 'it is of a directive whose name ends so', { 'cache-control': 'x-max-age=1800' }],
  [600, 'it is more than a number', { 'cache-control': 'max-age=1800x' }],
  [600, 'it must not be stored, which comes last', { 'cache-control': 'max-age=1800, no-store' }],
  [1800, 'a directive whose name ends so is not known', { 'cache-control': 'x-no-store, max-age=1800' }],
  [600, 'it must not be stored', { 'cache-control': 'no-store, max-age=1800' }],
  [600, 'it must not be cached', { 'cache-control': 'no-cache, max-age=1800' }],
])('keys are fresh for %d seconds where %s', (seconds, _case, headers) => {
  expect(freshSecondsOf(headers)).toBe(seconds);
});

// RFC 9111, sections 5.1 and 4.2.3.
it.each([
  [0, 'nothing is said', undefined],
  [0, 'it comes from the server itself', '0'],
  [51, 'it is rounded down to seconds', '50'],
  [51, 'several caches say so', '50, 7'],
  [86_400, 'it is garbage', '99999999999'],
  [0, 'it is no number', 'x'],
  [0, 'it is negative', '-5'],
  [0, 'it has a fraction', '1.5'],
])('an answer is %d seconds old where %s', (seconds, _case, age) => {
  expect(ageSecondsOf({ age })).toBe(seconds);
});
