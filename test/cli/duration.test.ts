import { expect, it } from 'vitest';
import { textOfSeconds } from '../../cli/duration.ts';

it.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [61, '1 min 1 s'],
  [3_600, '1 h'],
  [3_659, '1 h'],
  [90_000, '1 d 1 h'],
  [86_400 * 30, '30 d'],
])('%s seconds are %s', (seconds, text) => {
  expect(textOfSeconds(seconds)).toBe(text);
});
