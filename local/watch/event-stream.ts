import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Feed } from './feed.ts';

/** That wait for a reader who does not read. One who comes back is given what it has missed. Holds all kept events. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;
/** Until a browser asks again, when the server was gone. */
const RETRY_MILLISECONDS = 1_000;

/** Answers with the events of a feed as server-sent events, those first that came after the last one that the client knows. */
export function streamEvents({ headers }: IncomingMessage, response: ServerResponse, feed: Feed): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`retry: ${RETRY_MILLISECONDS}\n\n`);
  const unsubscribe = feed.subscribe(lastEventId(headers['last-event-id']), ({ id }, json) => {
    response.write(`id: ${id}\ndata: ${json}\n\n`);
    if (response.writableLength > MOST_WAITING_BYTES) {
      response.destroy();
    }
  });
  response.once('close', unsubscribe);
}

function lastEventId(header: string | string[] | undefined): number | undefined {
  return /^\d{1,15}$/.test(String(header)) ? Number(header) : undefined;
}
