/** What the process says to scripts. */
export const EXIT = {
  /** Nothing is wrong. */
  fine: 0,
  /** The command did its work, and something needs attention: it says what. */
  finding: 1,
  /** The command line, a file or the input cannot be understood. */
  usage: 2,
  /** The work could not be done: no network, no credentials, no permission. */
  failed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
