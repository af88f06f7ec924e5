import { objectIn, objectOf, textIn } from '../runtime/event-members.ts';
import { queryOf, restApiEventFrom } from '../runtime/rest-api-event.ts';

export interface FrontchannelRequest {
  /** Without the question mark: as it was sent, or from a REST API, which has decoded it, what means the same. */
  readonly query: string;
  /** Address that the request came from. No header has a say in it. */
  readonly sourceIp: string;
}

/** @throws EventError where the event is of another kind: the function is wired to something else */
export function frontchannelRequestFrom(received: unknown): FrontchannelRequest {
  const event = objectOf(received);
  if (event.version === '2.0') {
    const sourceIp = textIn(objectIn(objectIn(event, 'requestContext'), 'http'), 'sourceIp');
    // Not `queryStringParameters`, which joins what was sent twice.
    return { query: textIn(event, 'rawQueryString'), sourceIp };
  }
  const { query, sourceIp } = restApiEventFrom(event);
  return { query: queryOf(query), sourceIp };
}
