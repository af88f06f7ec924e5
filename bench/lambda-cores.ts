/**
 * MiB of a function's memory for which Lambda gives it a whole core
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
 */
export const WHOLE_CORE = 1769;

/**
 * Cores that JavaScript has of a function's memory: in proportion, and no more than one.
 *
 * @param memorySize MiB
 */
export function coresFor(memorySize: number): number {
  return Math.min(1, memorySize / WHOLE_CORE);
}
