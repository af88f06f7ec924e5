import { describe, expect, it } from 'vitest';
import { logLogChart } from '../../bench/growth/log-log-chart.ts';

const chart = {
  title: 'Sessions of a subject',
  x: 'sessions',
  y: 'milliseconds',
  lines: [
    {
      name: 'logout by sid',
      points: [
        [1, 0.5],
        [1000, 0.5],
      ],
    },
    {
      name: 'logout by sub',
      points: [
        [1, 1],
        [10, 10],
        [1000, 1000],
      ],
    },
  ],
} as const;

/** Points of the chart's frame, as far as its image is: left, right, top, bottom. */
const [LEFT, RIGHT, TOP, BOTTOM] = [90, 540, 50, 360];

const pointsIn = (svg: string) =>
  [...svg.matchAll(/<circle [^>]*cx="([^"]*)" cy="([^"]*)"/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
const textsIn = (svg: string) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);

/** Whether it is well-formed XML, of the part of XML that the charts use: no comments, no CDATA, no empty attributes. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  let rest = xml.trim();
  while (rest !== '') {
    const [token = '', slash, name = '', , isEmpty, text] =
      rest.match(/^<(\/?)([a-z]+)((?: [a-zA-Z:-]+="(?:[^<&"]|&[a-z]+;)*")*)(\/?)>|^((?:[^<&]|&[a-z]+;)+)/) ?? [];
    const isOutside = open.length === 0 && (text !== undefined || rest !== xml.trim());
    if (token === '' || isOutside || (slash && open.pop() !== name)) {
      return false;
    }
    if (text === undefined && !slash && !isEmpty) {
      open.push(name);
    }
    rest = rest.slice(token.length);
  }
  return open.length === 0;
}

describe('a chart with logarithmic axes', () => {
  it('is well-formed XML', () => {
    const svg = logLogChart(chart);
    expect(isWellFormed(svg)).toBe(true);
    expect(isWellFormed(svg.replace('</svg>', ''))).toBe(false);
    expect(isWellFormed(svg.replace('milliseconds', 'R&D'))).toBe(false);
  });

  it('has a point for each value, in its frame', () => {
    const points = pointsIn(logLogChart(chart));
    expect(points).toHaveLength(5);
    for (const [x, y] of points) {
      expect(x).toBeGreaterThanOrEqual(LEFT);
      expect(x).toBeLessThanOrEqual(RIGHT);
      expect(y).toBeGreaterThanOrEqual(TOP);
      expect(y).toBeLessThanOrEqual(BOTTOM);
    }
  });

  it('places ten times as much one decade further, to the right and up', () => {
    const [, , [x1 = 0, y1 = 0] = [], [x10 = 0, y10 = 0] = [], [x1000 = 0, y1000 = 0] = []] = pointsIn(
      logLogChart(chart),
    );
    expect(x1000 - x1).toBeCloseTo(3 * (x10 - x1), 0);
    expect(y1000 - y1).toBeCloseTo(3 * (y10 - y1), 0);
    expect([x10 > x1, y10 < y1]).toEqual([true, true]);
  });

  it('says what it shows: title, axes, decades and lines', () => {
    expect(textsIn(logLogChart(chart))).toEqual([
      'Sessions of a subject',
      ...['1', '10', '100', '1,000'],
      ...['0.1', '1', '10', '100', '1,000'],
      ...['sessions', 'milliseconds', 'logout by sid', 'logout by sub'],
    ]);
  });

  it('escapes what has a meaning in XML', () => {
    const text = `a < "b" & 'c' > d`;
    const svg = logLogChart({ title: text, x: text, y: text, lines: [{ name: text, points: [[1, 1]] }] });
    expect(isWellFormed(svg)).toBe(true);
    expect(textsIn(svg).filter((shown) => shown === "a &lt; &quot;b&quot; &amp; 'c' &gt; d")).toHaveLength(4);
  });

  it.each([
    ['bottom', [[1, 1]]],
    [
      'top',
      [
        [1, 1],
        [10, 10],
      ],
    ],
  ] as const)('keeps the names of lines apart that end at the same place, at the %s', (_, points) => {
    const lines = ['a', 'b', 'c', 'd'].map((name) => ({ name, points }));
    const svg = logLogChart({ ...chart, lines });
    const places = [...svg.matchAll(/<text [^>]*y="([^"]*)">[a-d]</g)].map(([, y]) => Number(y)).sort((a, b) => a - b);
    expect(places).toHaveLength(4);
    expect(places.slice(1).map((place, index) => place - (places[index] ?? 0) >= 15)).toEqual([true, true, true]);
    expect(Math.min(...places)).toBeGreaterThanOrEqual(TOP);
    expect(Math.max(...places)).toBeLessThanOrEqual(BOTTOM + 5);
  });

  it('has colours for light and for dark pages', () => {
    const [light = '', dark = ''] = logLogChart(chart).split('@media (prefers-color-scheme: dark)');
    expect([light, dark].map((style) => style.match(/\.back \{ fill: (#[0-9a-f]+);/)?.[1])).toEqual([
      '#fff',
      '#0d1117',
    ]);
  });

  it.each([
    ['no line', []],
    ['a line without points', [{ name: 'a', points: [] }]],
    ['nothing of x', [{ name: 'a', points: [[0, 1]] as const }]],
    ['less than nothing of y', [{ name: 'a', points: [[1, -1]] as const }]],
    ['a y that is no number', [{ name: 'a', points: [[1, Number.NaN]] as const }]],
  ])('cannot show %s', (_, lines) => {
    expect(() => logLogChart({ ...chart, lines })).toThrow(RangeError);
  });
});
