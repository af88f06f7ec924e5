import type { Readable } from 'node:stream';
import { UsageError } from '../command-error.ts';
import type { Terminal } from '../terminal.ts';

/** The tokens come by these: command lines show in lists of processes and in the history of a shell. */
export const INITIAL_ACCESS_TOKEN = 'LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN';
export const REGISTRATION_ACCESS_TOKEN = 'LOGOUT_RECEIVER_REGISTRATION_ACCESS_TOKEN';

/** No token is longer. */
const MAX_CHARACTERS = 16_384;

/** The characters of a token (RFC 6750, section 2.1; RFC 9110, section 11.2) are printable, and a blank is not among them. */
const TOKEN = /^[\x21-\x7e]+$/;
const WITH_SCHEME = /^[A-Za-z][\w-]* [\x21-\x7e]+$/;

/**
 * The value of the `Authorization` header.
 *
 * What has a scheme before it is taken as it is: WSO2 Identity Server takes `Basic` with the name and password of an
 * administrator. All else is a bearer token.
 *
 * @param name of the environment variable
 * @param isOnInput whether it stands on standard input in place of the variable
 * @returns undefined where there is none
 * @throws UsageError where it can be no token, without it
 */
export async function authorizationFrom(
  name: string,
  isOnInput: boolean,
  { input, errors, environment }: Terminal,
): Promise<string | undefined> {
  if (isOnInput && input.isTTY) {
    errors.write('Token (it shows as you type), then Enter and Ctrl-D:\n');
  }
  const text = (isOnInput ? await textOf(input) : environment[name])?.trim();
  if (!isOnInput && (text === undefined || text === '')) {
    return undefined;
  }
  const source = isOnInput ? 'standard input' : name;
  if (text !== undefined && text.length <= MAX_CHARACTERS && WITH_SCHEME.test(text)) {
    return text;
  }
  if (text !== undefined && text.length <= MAX_CHARACTERS && TOKEN.test(text)) {
    return `Bearer ${text}`;
  }
  throw new UsageError(
    `${source}: found what is no token, allowed: a token, or a scheme and its credentials (Basic ...)`,
  );
}

/** An authorization for people: with its scheme alone. */
export function hiddenAuthorization(authorization: string): string {
  return `${authorization.split(' ')[0]} (not shown)`;
}

async function textOf(input: Readable): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > MAX_CHARACTERS) {
      break;
    }
  }
  return text;
}
