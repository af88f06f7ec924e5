import type { Measurement, Table } from '../measurement.ts';
import { median } from '../measurement.ts';
import { logLogChart } from './log-log-chart.ts';

/** What one operation took. */
export interface Cost {
  readonly milliseconds: number;
  /** Of this process, or of the one that ran the operation. */
  readonly cpuMilliseconds: number;
  /** Calls of DynamoDB that wait for one another. */
  readonly roundTrips: number;
  readonly calls: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** An operation that is measured at each size. */
export interface Operation {
  readonly name: string;
  /** Whether its cost is told for each of so many as the size is, since it must grow with it. */
  readonly isPerItem?: boolean;
  /**
   * The size whose cost those of larger ones are compared with.
   * @default - the smallest
   */
  readonly comparedWith?: number;
  /** How many times that cost is allowed, at most. */
  readonly limits: Partial<Cost>;
}

/** From the smallest to the largest. */
export type Sizes = readonly [number, ...number[]];

/** Measures operations of one size, in one round. */
export type Round = (size: number, round: number) => Promise<ReadonlyMap<string, Cost>>;

export interface Growth {
  readonly title: string;
  readonly note: string;
  /** What grows. */
  readonly of: string;
  readonly file: string;
  readonly sizes: Sizes;
  readonly operations: readonly Operation[];
}

const FIGURES = [
  ['milliseconds', 'ms'],
  ['cpuMilliseconds', 'CPU ms'],
  ['roundTrips', 'round trips'],
  ['calls', 'calls'],
  ['writeUnits', 'W'],
  ['readUnits', 'R'],
] as const;

/** Measures each size in each round, so that a slow moment of the machine is shared by all sizes. */
export async function grown(
  { title, note, of, file, sizes, operations }: Growth,
  rounds: number,
  run: Round,
  progress: (line: string) => void,
): Promise<Table> {
  const measured: { readonly size: number; readonly costs: ReadonlyMap<string, Cost> }[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const size of sizes) {
      progress(`${of}: ${inDigits(size)}, round ${round + 1} of ${rounds}`);
      measured.push({ size, costs: await run(size, round) });
    }
  }
  const valuesOf = ({ name, isPerItem = false }: Operation, size: number, figure: keyof Cost) =>
    measured
      .filter((one) => one.size === size)
      .map(({ costs }) => (costs.get(name)?.[figure] ?? Number.NaN) / (isPerItem ? size : 1));
  const measurements = operations.flatMap((operation) =>
    FIGURES.flatMap(([figure, unit]) => {
      const { name, isPerItem, comparedWith = sizes[0], limits } = operation;
      const row = `${name}${isPerItem ? ', for each' : ''}: ${unit}`;
      return sizes.map((size): Measurement => {
        const limit = size > comparedWith ? limits[figure] : undefined;
        return {
          name: cellName(row, size),
          unit,
          values: valuesOf(operation, size, figure),
          cell: { row, column: inDigits(size) },
          ...(limit !== undefined && { floor: cellName(row, comparedWith), limit }),
        };
      });
    }),
  );
  const svg = logLogChart({
    title,
    x: of,
    y: 'CPU milliseconds for one operation',
    lines: operations.map((operation) => ({
      name: operation.name,
      points: sizes.map((size) => [
        size,
        median(valuesOf(operation, size, 'cpuMilliseconds')) * (operation.isPerItem ? size : 1),
      ]),
    })),
  });
  return { title, note, measurements: withoutNothing(measurements), plots: [{ file, svg }] };
}

function cellName(row: string, size: number): string {
  return `${row} at ${inDigits(size)}`;
}

/** A size as documents write it. */
export function inDigits(size: number): string {
  return size.toLocaleString('en');
}

/** Rows without any cost: a read has no write units. */
function withoutNothing(measurements: readonly Measurement[]): Measurement[] {
  const rows = new Set(
    measurements.filter(({ values }) => values.some((value) => value > 0)).map(({ cell }) => cell?.row),
  );
  return measurements.filter(({ cell }) => rows.has(cell?.row));
}
