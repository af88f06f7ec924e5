import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** API Gateway's bound on a body. */
const MOST_BODY_BYTES = 10 * 1024 * 1024;

/** An HTTP request that has arrived. */
export interface ArrivedRequest {
  /** Made up here. */
  readonly id: string;
  /** When it arrived, in milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly method: string;
  /** Decoded, as API Gateway has it. */
  readonly path: string;
  /** As it was sent, without the question mark. */
  readonly query: string;
  /** As in `HTTP/1.1`. */
  readonly protocol: string;
  /** In the order they were sent, with names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined where it is over the bound. */
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  /** That it came in on. */
  readonly port: number;
}

/** One that has arrived whole. */
export interface HttpRequest extends ArrivedRequest {
  readonly body: Buffer;
}

/** Reads a request to its end. */
export async function readHttpRequest(message: IncomingMessage): Promise<ArrivedRequest> {
  const body = await readBody(message, MOST_BODY_BYTES);
  const [path = '', query = ''] = splitTarget(message.url ?? '/');
  const { remoteAddress, localPort } = message.socket;
  return {
    id: randomBytes(11).toString('base64'),
    receivedAt: Date.now(),
    method: message.method ?? '',
    path: decodePath(path),
    query,
    protocol: `HTTP/${message.httpVersion}`,
    headers: headerEntries(message.rawHeaders),
    body,
    sourceIp: remoteAddress ?? '',
    port: localPort ?? 0,
  };
}

/**
 * Reads a request's body to its end.
 *
 * @param mostBytes the bound
 * @returns undefined where it is over the bound
 */
export async function readBody(message: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    // What is over the bound is read and dropped: a client may read no answer before it has sent everything.
    if (bytes <= mostBytes) {
      chunks.push(chunk);
    }
  }
  return bytes <= mostBytes ? Buffer.concat(chunks) : undefined;
}

/** A target is a path, or a whole URL where the client thinks it speaks to a proxy. */
function splitTarget(target: string): string[] {
  return target.match(/^(?:https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i)?.slice(1) ?? [];
}

/** API Gateway decodes paths, all but `%25`. */
function decodePath(path: string): string {
  return path.replaceAll(/(?:%(?!25)[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

function headerEntries(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
  );
}
