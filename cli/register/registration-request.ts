import type { IncomingHttpHeaders } from 'node:http';
import type { ClientMetadata } from './client-metadata.ts';

/** A request to an OP's registration endpoint, or to a client's configuration endpoint. */
export interface RegistrationRequest {
  readonly method: 'POST' | 'GET' | 'PUT';
  readonly url: string;
  /** Value of the header. */
  readonly authorization: string | undefined;
  readonly body?: ClientMetadata;
}

export interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** @returns undefined where the text is no JSON object */
export function objectIn(text: string): ClientMetadata | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}
