/**
 * Does something for who watches. What it throws costs an event and a line on stderr, never what is watched. The line has
 * no message: one of `JSON.parse` quotes what it was given, which may be a token.
 *
 * @param what is not shown where it fails
 * @returns undefined where it fails
 */
export function attempt<Result>(what: string, work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    process.stderr.write(`the page does not show ${what}: ${error instanceof Error ? error.name : typeof error}\n`);
    return undefined;
  }
}
