import { expect, it } from 'vitest';
import { type Cost, type Growth, grown, type Operation } from '../../bench/growth/growth-series.ts';
import { markdownOf, resultsOf } from '../../bench/measurement.ts';

const LIMITS = { cpuMilliseconds: 2, calls: 1 };

/** Measures an operation that takes so much CPU and so many calls at a size. */
async function measured(operation: Partial<Operation>, costOf: (size: number, round: number) => Partial<Cost>) {
  const growth: Growth = {
    ...{ title: 'Growth', note: 'By hand.', of: 'items', file: 'growth.svg', sizes: [1, 100, 1000] },
    operations: [{ name: 'login', limits: LIMITS, ...operation }],
  };
  const order: number[] = [];
  const table = await grown(
    growth,
    2,
    async (size, round) => {
      order.push(size);
      const none = { milliseconds: 1, cpuMilliseconds: 1, roundTrips: 0, calls: 0, writeUnits: 0, readUnits: 0 };
      return new Map([['login', { ...none, ...costOf(size, round) }]]);
    },
    () => undefined,
  );
  return { order, table, over: resultsOf(table).filter(({ isWithinLimit }) => isWithinLimit === false) };
}

it('goes through all sizes in each round', async () => {
  expect((await measured({}, () => ({}))).order).toEqual([1, 100, 1000, 1, 100, 1000]);
});

it.each([
  ['what is flat', {}, () => ({ calls: 5 }), []],
  ['a call more', {}, (size: number) => ({ calls: size < 1000 ? 5 : 6 }), ['login: calls at 1,000']],
  ['CPU that doubles', {}, (size: number) => ({ cpuMilliseconds: size < 1000 ? 1 : 2 }), []],
  [
    'CPU that grows',
    {},
    (size: number) => ({ cpuMilliseconds: size }),
    ['login: CPU ms at 100', 'login: CPU ms at 1,000'],
  ],
  ['calls for each item', { isPerItem: true }, (size: number) => ({ calls: 3 * size }), []],
  [
    'more calls for each item',
    { isPerItem: true, comparedWith: 100 },
    (size: number) => ({ calls: size ** 2 }),
    ['login, for each: calls at 1,000'],
  ],
])('holds %s to the limits', async (_, operation, costOf, names) => {
  const { over } = await measured(operation, costOf);
  expect(over.map(({ name }) => name)).toEqual(names);
});

it('is a grid, without rows of what an operation does not have, and a plot', async () => {
  const { table } = await measured({}, (size, round) => ({ cpuMilliseconds: size + round, calls: 5 }));
  expect(markdownOf(table).split('\n')).toEqual([
    ...['### Growth', '', 'By hand.', ''],
    '|  | 1 | 100 | 1,000 | highest ratio |',
    '| --- | --- | --- | --- | --- |',
    '| login: ms | 1 | 1 | 1 |  |',
    '| login: CPU ms | 1.5 (1-2) | 101 (100-101) | 1000 (1000-1000) | 750 of that at 1, **over** 2 |',
    '| login: calls | 5 | 5 | 5 | 1 of that at 1, at most 1 |',
    '',
  ]);
  expect(table.plots?.map(({ file, svg }) => [file, svg.match(/<circle/g)?.length])).toEqual([['growth.svg', 3]]);
});
