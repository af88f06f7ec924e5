import * as z from 'zod/mini';
import { printable } from './printable.ts';

/** A request of the HTTP API, once it is answered. */
export interface AnsweredRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /** Of the answer. */
  readonly body: Buffer;
  readonly milliseconds: number;
}

/** A token has longer parts than the segments of any path that somebody means. */
const LONG_SEGMENT = /[^/]{33,}/g;

const Problem = z.object({ error_description: z.string() });

/** What the terminal shows of a request, as in `POST /backchannel-logout 400 token_malformed (12 ms)`. */
export function requestLine({ method, path, status, body, milliseconds }: AnsweredRequest): string {
  const reason = problemIn(body)?.reason;
  const words = [method, path.replaceAll(LONG_SEGMENT, '...'), String(status), ...(reason ? [reason] : [])];
  return printable(`${words.join(' ')} (${Math.round(milliseconds)} ms)`);
}

/** What the receiver says in an answer that is no success; undefined where it is not the receiver's. */
export function problemIn(body: Buffer): { readonly reason: string; readonly description: string } | undefined {
  try {
    const { error_description: description } = Problem.parse(JSON.parse(body.toString()));
    // The description begins with the reason code.
    const [reason] = /^\w+(?=: )/.exec(description) ?? [];
    return reason === undefined ? undefined : { reason, description };
  } catch {
    return undefined;
  }
}
