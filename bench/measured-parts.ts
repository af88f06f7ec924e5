import { createShutdown } from '../local/process/shutdown.ts';
import { markdownOf, type Part, type Plot, type Result, resultsOf } from './measurement.ts';

/** Something that a benchmark needs is not there. Its message says all. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}

/** A table, as it is written to the results file. */
export interface MeasuredTable {
  readonly part: string;
  readonly title: string;
  readonly results: readonly Result[];
}

/** Where what is measured goes. */
export interface Output {
  /** A table in Markdown, and what is drawn of it. */
  table(markdown: string, plots: readonly Plot[]): void;
  /** What goes on, in a line. */
  progress(line: string): void;
  /** Why a part was not measured. */
  failure(line: string): void;
}

/** What came of all parts. */
export interface Measured {
  readonly tables: readonly MeasuredTable[];
  /** Whether all parts were measured, and no result is over its limit. */
  readonly isGood: boolean;
}

/**
 * Measures parts one after the other. A part that fails does not keep the others from being measured; one that takes too
 * long does, since it may be running still.
 *
 * @param isQuick whether all parts together have two minutes
 * @param secondsEach after which a part has failed
 */
export async function measureParts(
  parts: readonly Part[],
  isQuick: boolean,
  secondsEach: number,
  output: Output,
): Promise<Measured> {
  const tables: MeasuredTable[] = [];
  let failures = 0;
  for (const part of parts) {
    try {
      for (const table of await measureInTime(part, isQuick, secondsEach, output)) {
        output.table(markdownOf(table), table.plots ?? []);
        tables.push({ part: part.name, title: table.title, results: resultsOf(table) });
      }
    } catch (error) {
      failures += 1;
      output.failure(`${part.name}: ${described(error)}`);
      if (error instanceof TookTooLong) {
        break;
      }
    }
  }
  const isOver = tables.some(({ results }) => results.some(({ isWithinLimit }) => isWithinLimit === false));
  return { tables, isGood: failures === 0 && !isOver };
}

class TookTooLong extends BenchError {}

async function measureInTime(part: Part, isQuick: boolean, secondsEach: number, output: Output) {
  const shutdown = createShutdown();
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    const error = new TookTooLong(`not measured in ${secondsEach} s; the parts after it are left out`);
    timer = setTimeout(() => reject(error), secondsEach * 1000);
  });
  try {
    const progress = (line: string) => output.progress(`${part.name}: ${line}`);
    return await Promise.race([part.measure(isQuick, progress, shutdown), tooLong]);
  } finally {
    clearTimeout(timer);
    await shutdown.end();
  }
}

function described(error: unknown): string {
  return error instanceof BenchError ? error.message : String(error instanceof Error ? error.stack : error);
}
