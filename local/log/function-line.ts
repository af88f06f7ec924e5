import * as z from 'zod/mini';
import { printable } from './printable.ts';

/** What of a log line's members a developer needs at a glance. The rest is for --json. */
const SHOWN = ['reason', 'issuer', 'clientIds', 'unverified', 'scope', 'sessionsEnded', 'receiveCount'];
/** Said every five minutes of each issuer, for who looks later how old keys were. */
const UNSAID = ['jwks_age'];

const LoggedError = z.object({
  error: z.optional(z.string()),
  stack: z.optional(z.string()),
  get cause() {
    return z.optional(LoggedError);
  },
});
const Logged = z.extend(LoggedError, { level: z.string(), message: z.string() });
type LoggedError = z.infer<typeof LoggedError>;

/** A line that a function has logged. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  /** All of the line. */
  readonly members: Readonly<Record<string, unknown>>;
}

/**
 * What the terminal shows of a line that a function has written: level, message and what matters of the rest, as in
 * `WARN jwks_fetch_failed issuer=https://op.example.com: Error: getaddrinfo ENOTFOUND op.example.com`. Stacks, which only
 * errors have that nobody foresaw, follow in lines of their own.
 *
 * @returns undefined of what is no news for a terminal: metrics, what only the log is for, and what the line of the request
 *   says already
 */
export function readableFunctionLine(line: string): string | undefined {
  const json = parsed(line);
  if (json === undefined) {
    return printable(line);
  }
  const { success, data } = Logged.safeParse(json);
  if (!success) {
    return '_aws' in json ? undefined : printable(line);
  }
  const members = SHOWN.flatMap((name) => shown(name, json[name]));
  const saysMore = data.message !== 'logout_rejected' || members.length > 1;
  if (!saysMore || UNSAID.includes(data.message)) {
    return undefined;
  }
  const errors = chainOf(data);
  const root = errors.at(-1)?.error;
  const words = [data.level, data.message, ...members].map(printable).join(' ');
  const stacks = errors.flatMap(({ stack }) => stack?.split('\n').map((text) => `  ${printable(text)}`) ?? []);
  return [root === undefined ? words : `${words}: ${printable(root.replaceAll(/\s+/g, ' '))}`, ...stacks].join('\n');
}

/** @returns undefined where a function has written something else than its logger does, such as metrics */
export function logLineFrom(line: string): LogLine | undefined {
  const members = parsed(line);
  const { success, data } = Logged.safeParse(members);
  return members && success ? { level: data.level, message: data.message, members } : undefined;
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function shown(name: string, value: unknown): string[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([member, each]) => shown(`${name}.${member}`, each));
  }
  return value === undefined ? [] : [`${name}=${word(String(value))}`];
}

/** Values that others choose must not look like further members. */
function word(text: string): string {
  return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}

/** An error and its causes; the root cause is the last one. */
function chainOf(logged: LoggedError): LoggedError[] {
  return [...(logged.error === undefined ? [] : [logged]), ...(logged.cause ? chainOf(logged.cause) : [])];
}
