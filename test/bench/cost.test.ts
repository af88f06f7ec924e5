import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COST_TABLES } from '../../bench/cost/cost-tables.ts';
import { PRICES } from '../../bench/cost/prices.ts';
import { costOf, IDLE_MONTH, logoutUsage } from '../../bench/cost/usage.ts';
import { tableIn, withTable } from '../../bench/document-table.ts';

const text = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

describe('docs/cost.md', () => {
  it.each(Object.entries(COST_TABLES))('has the table of %s as units and prices make it', (name, table) => {
    expect(tableIn(text('docs/cost.md'), name)).toBe(table);
  });

  it('counts the alarms as docs/monitoring.md does', () => {
    const [, alarms, metrics] = /\| (\d+) alarms, which look at (\d+) metrics/.exec(text('docs/monitoring.md')) ?? [];
    const [[what, usage] = ['', {}]] = IDLE_MONTH;
    expect(what).toBe(`alarms: ${alarms}, which look at ${metrics} metrics`);
    expect(usage).toEqual({ alarmMetric: Number(metrics) });
  });
});

it('the dashboard estimates with the same prices', () => {
  const prices = PRICES['us-east-1'];
  const inDashboard = Array.from(
    text('infra/monitoring/list-prices.ts').matchAll(/^ {2}(\w+): ([\d.]+),$/gm),
    ([, name, price]) => [name, Number(price)],
  );
  expect(Object.fromEntries(inDashboard)).toEqual({
    httpApiRequest: prices.httpApiRequests,
    lambdaRequest: prices.lambdaRequests,
    lambdaArmGigabyteSecond: prices.lambdaGigabyteSeconds,
    dynamodbRead: prices.dynamodbReads,
    dynamodbWrite: prices.dynamodbWrites,
  });
});

it('what is used costs its price, each part by itself', () => {
  const prices = PRICES['eu-central-1'];
  expect(costOf({ dynamodbWrites: 2, logs: 3 }, prices)).toBeCloseTo(2 * 0.7625 + 3 * 0.63);
  const usage = logoutUsage('logout by sid');
  const parts = Object.entries(usage).map(([name, count]) => costOf({ [name]: count }, prices));
  expect(parts.reduce((sum, part) => sum + part)).toBeCloseTo(costOf(usage, prices));
  expect(Math.min(...parts)).toBeGreaterThan(0);
});

describe('a table that a program writes', () => {
  const document =
    'Before.\n\n<!-- table: one -->\n\n| a |\n| --- |\n| $& |\n\nAfter.\n\n<!-- table: two -->\n\nEnd.\n';

  it('is found behind its mark, and replaced there alone', () => {
    expect(tableIn(document, 'one')).toBe('| a |\n| --- |\n| $& |');
    expect(withTable(document, 'one', '| $1 |')).toBe(document.replace('| a |\n| --- |\n| $& |', () => '| $1 |'));
  });

  it('is written where there was none', () => {
    const written = withTable(document, 'two', '| b |');
    expect(tableIn(written, 'two')).toBe('| b |');
    expect(withTable(written, 'two', '| b |')).toBe(written);
  });

  it('needs its mark', () => {
    expect(() => withTable(document, 'three', '')).toThrow('<!-- table: three -->');
  });
});
