import { InvalidArgumentError } from '@commander-js/extra-typings';
import * as z from 'zod/mini';

const IsoTime = z.iso.datetime({ offset: true });
/** Epoch milliseconds of any date since 1973 are more than this, and epoch seconds of it are in the year 5138. */
const EARLIEST_LIKELY_MILLISECONDS = 1e11;
/** ECMA-262, section 21.4.1.1: the last second that a date can have. */
const MAX_SECONDS = 8.64e12;

/**
 * Reads a time that stands on the command line.
 *
 * @param text ISO 8601 with its zone, or epoch seconds
 * @returns epoch seconds
 * @throws InvalidArgumentError where it is neither
 */
export function parseMoment(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const seconds = Number(text);
    if (seconds >= EARLIEST_LIKELY_MILLISECONDS) {
      throw new InvalidArgumentError('It looks like milliseconds: give seconds since 1970.');
    }
    return seconds;
  }
  if (!IsoTime.safeParse(text).success) {
    throw new InvalidArgumentError('Allowed is a time as in 2026-11-27T10:00:00Z, or seconds since 1970.');
  }
  return Date.parse(text) / 1000;
}

/**
 * A time in ISO 8601, UTC.
 *
 * @param seconds epoch seconds
 * @returns undefined where no date is so far away
 */
export function isoTime(seconds: number): string | undefined {
  return Math.abs(seconds) <= MAX_SECONDS ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : undefined;
}
