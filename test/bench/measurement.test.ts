import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BenchError, measureParts } from '../../bench/measured-parts.ts';
import { type Measurement, markdownOf, median, type Part, resultsOf } from '../../bench/measurement.ts';

const tableOf = (...measurements: Measurement[]) => ({ title: 'Speed', note: 'By hand.', measurements });
const floor = { name: 'floor', unit: 'ms', values: [10, 100, 20] };
const partOf = (name: string, measure: Part['measure']): Part => ({ name, measure });
const measuring = (name: string, ...measurements: Measurement[]) =>
  partOf(name, async () => [tableOf(...measurements)]);

/** Measures parts, and keeps all that is said. */
async function measured(parts: readonly Part[], secondsEach = 60) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const result = await measureParts(parts, true, secondsEach, { table: say, progress: say, failure: say });
  return { ...result, said: said.join('\n') };
}

describe('a table of measurements', () => {
  it.each([
    [[3], 3],
    [[9, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('has the median of the rounds %j: %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('has the median of the ratios of each round, not the ratio of the medians', () => {
    const ours = { name: 'ours', unit: 'ms', values: [20, 200, 60], floor: 'floor', limit: 2 };
    expect(resultsOf(tableOf(floor, ours))).toEqual([
      expect.objectContaining({ name: 'floor', median: 20, lowest: 10, highest: 100, rounds: 3, ratio: undefined }),
      expect.objectContaining({ name: 'ours', median: 60, ratio: 2, isWithinLimit: true }),
    ]);
  });

  it.each([
    ['a ratio', { name: 'ours', unit: 'ms', values: [21, 210, 42], floor: 'floor', limit: 2 }, false],
    ['a ratio', { name: 'ours', unit: 'ms', values: [21, 210, 42], floor: 'floor', limit: 2.1 }, true],
    ['a value', { name: 'ours', unit: 'KB', values: [241], limit: 240 }, false],
    ['a value', { name: 'ours', unit: 'KB', values: [240], limit: 240 }, true],
    ['nothing', { name: 'ours', unit: 'KB', values: [240] }, undefined],
  ])('holds %s to its limit: %j', (_, ours, isWithinLimit) => {
    expect(resultsOf(tableOf(floor, ours))[1]?.isWithinLimit).toBe(isWithinLimit);
  });

  it('is Markdown, with what is over its limit in bold', () => {
    const ours = { name: 'ours', unit: 'ms', values: [30, 310, 60], floor: 'floor', limit: 2 };
    expect(markdownOf(tableOf(floor, ours)).split('\n')).toEqual([
      ...['### Speed', '', 'By hand.', ''],
      '|  | median | rounds | ratio | limit |',
      '| --- | --- | --- | --- | --- |',
      '| floor | 20 ms | 10 to 100 in 3 |  |  |',
      '| ours | 60 ms | 30 to 310 in 3 | 3 of floor | **over** 2 |',
      '',
    ]);
  });

  it.each([
    ['a floor that is not there', { name: 'ours', unit: 'ms', values: [1, 2, 3], floor: 'none' }, /none/],
    ['a floor of other rounds', { name: 'ours', unit: 'ms', values: [1, 2], floor: 'floor' }, /2 rounds/],
    ['no round', { name: 'ours', unit: 'ms', values: [] }, /nothing/],
  ])('cannot have %s', (_, ours, message) => {
    expect(() => resultsOf(tableOf(floor, ours))).toThrow(message);
  });
});

describe('all parts of a benchmark', () => {
  it('are good while nothing is over its limit', async () => {
    const good = measuring('good', { name: 'size', unit: 'KB', values: [1], limit: 1 });
    const over = measuring('over', { name: 'size', unit: 'KB', values: [2], limit: 1 });
    expect(await measured([good])).toMatchObject({ isGood: true, tables: [{ part: 'good', title: 'Speed' }] });
    expect(await measured([over, good])).toMatchObject({ isGood: false, tables: [{ part: 'over' }, { part: 'good' }] });
  });

  it('go on after one that failed, of which the reason is told', async () => {
    const offline = partOf('offline', () => Promise.reject(new BenchError('there is no internet')));
    const result = await measured([offline, measuring('good', floor)]);
    expect(result).toMatchObject({ isGood: false, tables: [{ part: 'good' }] });
    expect(result.said).toMatch(/^offline: there is no internet$/m);
  });

  it('tell where a bug is', async () => {
    const buggy = partOf('buggy', () => Promise.reject(new Error('a bug')));
    expect((await measured([buggy])).said).toMatch(/buggy: Error: a bug\n +at .*measurement\.test\.ts/);
  });

  it('stop at one that takes too long', async () => {
    const hanging = partOf('hanging', (_isQuick, progress) => {
      progress('round 1 of 2');
      return new Promise(() => undefined);
    });
    const result = await measured([hanging, measuring('good', floor)], 0.001);
    expect(result).toMatchObject({ isGood: false, tables: [] });
    expect(result.said).toMatch(/^hanging: round 1 of 2\nhanging: not measured in 0.001 s/);
  });

  it.each([
    ['measured', async () => []],
    ['failed', () => Promise.reject(new BenchError('no'))],
  ])('have ended what a part began when it has %s', async (_, outcome) => {
    let hasEnded = false;
    const part = partOf('part', (_isQuick, _progress, shutdown) => {
      shutdown.onEnd(async () => {
        await setTimeout(1);
        hasEnded = true;
      });
      return outcome();
    });
    await measured([part]);
    expect(hasEnded).toBe(true);
  });
});
