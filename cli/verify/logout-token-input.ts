import type { LogoutRequest } from '../../receiver/logout/logout-request.ts';
import { UsageError } from '../command-error.ts';
import { readInput } from '../standard-input.ts';
import type { Terminal } from '../terminal.ts';

/** What somebody gave to be judged. */
export interface TokenInput {
  /** The request that brings it. */
  readonly request: LogoutRequest;
  /** Whether the body is one that was given, and not one made around a token that was given alone. */
  readonly isBodyGiven: boolean;
}

/** More than the largest body that a relying parties file can allow. */
const MAX_BYTES = 2 * 1024 * 1024;
const FORM = 'application/x-www-form-urlencoded';

/**
 * Takes a logout token, or the whole body of a logout request, from the command line or else from standard input.
 *
 * @param argument of the command line, if there is one
 * @throws UsageError where there is nothing, or far too much
 */
export async function logoutTokenInput(argument: string | undefined, terminal: Terminal): Promise<TokenInput> {
  const text = (argument ?? (await fromStandardInput(terminal))).trim();
  if (text === '') {
    throw new UsageError('no logout token: give it on standard input, as in logout-receiver verify < token.txt');
  }
  const isBodyGiven = /(^|&)logout_token=/.test(text);
  const body = isBodyGiven ? text : new URLSearchParams({ logout_token: text }).toString();
  return { request: { method: 'POST', contentType: FORM, body: Buffer.from(body) }, isBodyGiven };
}

async function fromStandardInput(terminal: Terminal): Promise<string> {
  if (terminal.input.isTTY) {
    terminal.errors.write('Paste the logout token, or the body of the request, then press Enter and Ctrl-D:\n');
  }
  return await readInput(terminal, MAX_BYTES);
}
