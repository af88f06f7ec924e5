/** One line of a chart. */
export interface ChartLine {
  readonly name: string;
  /** In the order of x. Both must be above 0: the axes are logarithmic. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  /** What the axes count, with the unit. */
  readonly x: string;
  readonly y: string;
  readonly lines: readonly ChartLine[];
}

const WIDTH = 760;
const HEIGHT = 420;
/** Where the points are. The names of the lines stand to the right of it. */
const FRAME = { left: 90, right: 540, top: 50, bottom: 360 };
const LINE_HEIGHT = 16;

/** Okabe and Ito's, which the colour-blind can tell apart, and which show on white and on black. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** The image has a background of its own: where the page and the reader's system differ in mode, it can be read all the same. */
const STYLE = `
  svg { font: 13px system-ui, sans-serif; }
  .back { fill: #fff; } text { fill: #1f2328; } .grid { stroke: #d1d9e0; } .halo { stroke: #fff; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117; } text { fill: #f0f6fc; } .grid { stroke: #3d444d; } .halo { stroke: #0d1117; }
  }
  .title { font-size: 16px; font-weight: 600; } .line { fill: none; stroke-width: 2; }`;

/**
 * Draws lines on two logarithmic axes, as an SVG document for light and dark pages.
 *
 * @throws RangeError where there is no point, or one that has no place on a logarithmic axis
 */
export function logLogChart({ title, x, y, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0 || !points.flat().every((value) => value > 0 && Number.isFinite(value))) {
    throw new RangeError('a chart with logarithmic axes takes one point at least, and values above 0');
  }
  const across = axis(
    points.map(([value]) => value),
    FRAME.left,
    FRAME.right,
  );
  const up = axis(
    points.map(([, value]) => value),
    FRAME.bottom,
    FRAME.top,
  );
  const labels = spread(lines.map((line) => up.place(line.points.at(-1)?.[1] ?? 1)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${FRAME.left}" y="28">${escaped(title)}</text>`,
    ...across.ticks.map((tick) => gridLine(across.place(tick), 'across', tick)),
    ...up.ticks.map((tick) => gridLine(up.place(tick), 'up', tick)),
    `<text x="${(FRAME.left + FRAME.right) / 2}" y="${HEIGHT - 16}" text-anchor="middle">${escaped(x)}</text>`,
    `<text transform="translate(18 ${(FRAME.top + FRAME.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
    ...lines.map((line, index) => drawn(line, across.place, up.place, colourOf(index))),
    ...lines.map(({ name }, index) => lineName(name, labels[index] ?? FRAME.top, colourOf(index))),
    '</svg>',
    '',
  ].join('\n');
}

interface Axis {
  /** Powers of ten, in the order of the axis. */
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** From the power of ten at or under the lowest value to that at or over the highest, one decade at least. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    place: (value) => rounded(from + ((Math.log10(value) - low) / (high - low)) * (to - from)),
  };
}

function gridLine(place: number, direction: 'across' | 'up', tick: number): string {
  const label = escaped(tick.toLocaleString('en', { maximumFractionDigits: 9 }));
  return direction === 'across'
    ? `<path class="grid" d="M${place} ${FRAME.top}V${FRAME.bottom}"/><text x="${place}" y="${FRAME.bottom + 20}" text-anchor="middle">${label}</text>`
    : `<path class="grid" d="M${FRAME.left} ${place}H${FRAME.right}"/><text x="${FRAME.left - 8}" y="${place + 4}" text-anchor="end">${label}</text>`;
}

function drawn({ points }: ChartLine, across: Axis['place'], up: Axis['place'], colour: string): string {
  const places = points.map(([x, y]) => [across(x), up(y)] as const);
  const path = places.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const dots = places.map(([x, y]) => `<circle class="halo" cx="${x}" cy="${y}" r="4" fill="${colour}"/>`);
  return `<path class="line" d="${path}" stroke="${colour}"/>${dots.join('')}`;
}

function lineName(name: string, place: number, colour: string): string {
  const [start, end] = [FRAME.right + 14, FRAME.right + 30];
  const sample = `<path class="line" d="M${start} ${place}H${end}" stroke="${colour}"/>`;
  return `${sample}<text x="${end + 6}" y="${rounded(place + 4)}">${escaped(name)}</text>`;
}

/** Moves labels apart that would lie on each other, as little as it takes, and keeps their order. */
function spread(places: readonly number[]): number[] {
  const moved = [...places];
  let lowest = FRAME.top - LINE_HEIGHT;
  for (const [index, place] of [...places.entries()].sort(([, a], [, b]) => a - b)) {
    lowest = Math.max(place, lowest + LINE_HEIGHT);
    moved[index] = lowest;
  }
  // Those that were pushed past the bottom go up again, the last one first.
  let highest = FRAME.bottom + LINE_HEIGHT;
  for (const [index, place] of [...moved.entries()].sort(([, a], [, b]) => b - a)) {
    highest = Math.min(place, highest - LINE_HEIGHT);
    moved[index] = highest;
  }
  return moved;
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? 'currentColor';
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
