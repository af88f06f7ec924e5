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
  const reason = reasonIn(body.toString());
  const words = [method, path.replaceAll(LONG_SEGMENT, '...'), String(status), ...(reason ? [reason] : [])];
  return printable(`${words.join(' ')} (${Math.round(milliseconds)} ms)`);
}

/** The receiver's answers begin their description with the reason code. */
function reasonIn(body: string): string | undefined {
  try {
    return /^\w+(?=: )/.exec(Problem.parse(JSON.parse(body)).error_description)?.[0];
  } catch {
    return undefined;
  }
}
