import * as z from 'zod/mini';
import { StartupError } from '../process/startup-error.ts';
import { checkedJson } from '../template/checked-json.ts';

type Test = string | { readonly prefix: string } | { readonly exists: boolean };
type Pattern = { readonly [name: string]: Pattern | readonly Test[] };

const Test = z.union([z.string(), z.strictObject({ prefix: z.string() }), z.strictObject({ exists: z.boolean() })]);
const Pattern: z.ZodMiniType<Pattern> = z.record(
  z.string(),
  z.lazy(() =>
    z.union(
      [z.array(Test), Pattern],
      'the local run knows lists of texts, { "prefix": text } and { "exists": boolean } only',
    ),
  ),
);

/** Whether an event is for the function. */
export type EventFilter = (event: unknown) => boolean;

/**
 * Makes a filter of the patterns of an event source mapping: an event is for the function when it matches one of them.
 *
 * @param patterns JSON texts; without any, all events are for the function
 * @param where what error messages call them
 * @throws StartupError where one is not JSON, or has more than the local run knows
 */
export function eventFilter(patterns: readonly string[], where: string): EventFilter {
  const parsed = patterns.map((text, index) => parsePattern(text, `${where}.${index}`));
  return (event) => parsed.length === 0 || parsed.some((pattern) => matches(event, pattern));
}

function parsePattern(text: string, where: string): Pattern {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StartupError(`${where}: not JSON`, { cause });
  }
  return checkedJson(Pattern, value, where);
}

/** All names of a pattern must match, and of the tests of a name one. */
function matches(value: unknown, pattern: Pattern): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const member = memberOf(value, name);
    return isTests(wanted) ? wanted.some((test) => passes(member, test)) : matches(member, wanted);
  });
}

function isTests(wanted: Pattern | readonly Test[]): wanted is readonly Test[] {
  return Array.isArray(wanted);
}

function passes(value: unknown, test: Test): boolean {
  if (typeof test === 'string') {
    return value === test;
  }
  return 'exists' in test
    ? (value !== undefined) === test.exists
    : typeof value === 'string' && value.startsWith(test.prefix);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
