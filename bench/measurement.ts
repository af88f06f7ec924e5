import type { Shutdown } from '../local/process/shutdown.ts';

/** What was measured in interleaved rounds, and what of it is the floor. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** One for each round. */
  readonly values: readonly number[];
  /** Name of the measurement of the same table that the others are ratios to. */
  readonly floor?: string;
  /** The ratio to the floor, or the value where there is no floor, that this project has promised to stay under. */
  readonly limit?: number;
  /** Where it stands in a grid: where all measurements of a table have it, the table is printed as one. */
  readonly cell?: { readonly row: string; readonly column: string };
}

/** Measurements that belong together. */
export interface Table {
  readonly title: string;
  /** How it was measured, and what the figures do not say: one paragraph of Markdown. */
  readonly note: string;
  readonly measurements: readonly Measurement[];
  readonly plots?: readonly Plot[];
}

/** An image for the documents. */
export interface Plot {
  /** Its name. */
  readonly file: string;
  readonly svg: string;
}

/** A measurement as it is printed and written to the results file. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  /** The lowest and the highest of all rounds. */
  readonly lowest: number;
  readonly highest: number;
  readonly rounds: number;
  readonly floor: string | undefined;
  /** Median of the ratios round by round, so that a slow moment of the machine slows both. */
  readonly ratio: number | undefined;
  readonly limit: number | undefined;
  readonly isWithinLimit: boolean | undefined;
}

/** What one part of the benchmark measures. */
export interface Part {
  readonly name: string;
  /**
   * @param isQuick whether all parts together have two minutes
   * @param progress is told, in a line, what goes on
   * @param shutdown ends, when the part is measured or has failed, what it was given
   */
  measure(isQuick: boolean, progress: (line: string) => void, shutdown: Shutdown): Promise<readonly Table[]>;
}

/** @throws Error where a floor is not measured in each round, or a measurement has no value */
export function resultsOf({ measurements }: Table): Result[] {
  return measurements.map((measurement) => {
    const { name, unit, values, floor, limit } = measurement;
    const ratio = floor === undefined ? undefined : median(ratiosTo(named(measurements, floor), measurement));
    const middle = median(values);
    return {
      name,
      unit,
      median: middle,
      lowest: Math.min(...values),
      highest: Math.max(...values),
      rounds: values.length,
      floor,
      ratio,
      limit,
      isWithinLimit: limit === undefined ? undefined : (ratio ?? middle) <= limit,
    };
  });
}

/** A table of results in Markdown. */
export function markdownOf(table: Table): string {
  const lines = table.measurements.every(({ cell }) => cell) ? gridOf(table) : listOf(table);
  return [`### ${table.title}`, '', table.note, '', ...lines.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
}

function listOf(table: Table): string[][] {
  const rows = resultsOf(table).map(
    ({ name, unit, median, lowest, highest, rounds, floor, ratio, limit, isWithinLimit }) => [
      name,
      `${figure(median)} ${unit}`,
      `${figure(lowest)} to ${figure(highest)} in ${rounds}`,
      ratio === undefined ? '' : `${figure(ratio)} of ${floor}`,
      limitOf({ limit, isWithinLimit }),
    ],
  );
  return [['', 'median', 'rounds', 'ratio', 'limit'], ['---', '---', '---', '---', '---'], ...rows];
}

/** A column for each size, and at the end of a row the highest of its ratios that have a limit. */
function gridOf(table: Table): string[][] {
  const results = resultsOf(table).map((result, index) => ({ ...result, ...table.measurements[index]?.cell }));
  const columns = [...new Set(results.map(({ column = '' }) => column))];
  const rows = [...new Set(results.map(({ row = '' }) => row))].map((row) => {
    const cells = results.filter((result) => result.row === row);
    const [worst] = cells.filter(({ limit }) => limit !== undefined).sort((a, b) => (b.ratio ?? 0) - (a.ratio ?? 0));
    return [
      row,
      ...columns.map((column) =>
        cells
          .filter((cell) => cell.column === column)
          .map(spreadOf)
          .join(),
      ),
      worst ? `${figure(worst.ratio ?? 0)} of that at ${columnOf(table, worst.floor)}, ${limitOf(worst)}` : '',
    ];
  });
  return [['', ...columns, 'highest ratio'], ['', ...columns, ''].map(() => '---'), ...rows];
}

function columnOf({ measurements }: Table, name: string | undefined): string | undefined {
  return measurements.find((measurement) => measurement.name === name)?.cell?.column;
}

function limitOf({ limit, isWithinLimit }: Pick<Result, 'limit' | 'isWithinLimit'>): string {
  return limit === undefined ? '' : `${isWithinLimit ? 'at most' : '**over**'} ${figure(limit)}`;
}

/** The median, with the lowest and the highest round where they differ. */
function spreadOf({ median, lowest, highest }: Result): string {
  return lowest === highest ? figure(median) : `${figure(median)} (${figure(lowest)}-${figure(highest)})`;
}

/** @throws Error where there is none */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) {
    throw new Error('nothing was measured');
  }
  return (low + high) / 2;
}

function named(measurements: readonly Measurement[], name: string): Measurement {
  const found = measurements.find((measurement) => measurement.name === name);
  if (!found) {
    throw new Error(`the floor ${name} was not measured`);
  }
  return found;
}

function ratiosTo(floor: Measurement, { name, values }: Measurement): number[] {
  if (floor.values.length !== values.length) {
    throw new Error(`${name} was measured in ${values.length} rounds, and its floor in ${floor.values.length}`);
  }
  return values.map((value, round) => value / (floor.values[round] ?? Number.NaN));
}

function figure(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
