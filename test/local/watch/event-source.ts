import { onTestFinished } from 'vitest';
import * as z from 'zod/mini';

const Event = z.looseObject({ id: z.number(), at: z.number(), type: z.string() });
export type FedEvent = z.infer<typeof Event>;

/** Server-sent events, as a browser reads them. */
export interface EventSource {
  /** Waits for the next event. */
  next(): Promise<FedEvent>;
  /** Waits for the next event of which that holds, and drops those before it. */
  nextWhere(isWanted: (event: FedEvent) => boolean): Promise<FedEvent>;
}

/**
 * Reads the feed of a local run until the test is over.
 *
 * @param lastEventId of the event after which to begin
 */
export async function eventSource(url: string, lastEventId?: number): Promise<EventSource> {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const headers = lastEventId === undefined ? {} : { 'last-event-id': `${lastEventId}` };
  const { body, status } = await fetch(url, { headers, signal: leaving.signal });
  if (!body || status !== 200) {
    throw new Error(`${url} answers ${status}`);
  }
  const chunks = body.pipeThrough(new TextDecoderStream()).getReader();
  let read = '';
  const nextBlock = async () => {
    while (!read.includes('\n\n')) {
      const { value, done } = await chunks.read();
      if (done) {
        throw new Error('no events come any more');
      }
      read += value;
    }
    const [block = ''] = read.split('\n\n', 1);
    read = read.slice(block.length + 2);
    return block;
  };
  const next = async (): Promise<FedEvent> => {
    const [, id, data] = /^id: (\d+)\ndata: (.*)$/.exec(await nextBlock()) ?? [];
    if (data === undefined) {
      return await next();
    }
    const event = Event.parse(JSON.parse(data));
    if (event.id !== Number(id)) {
      throw new Error(`the event ${event.id} comes as ${id}`);
    }
    return event;
  };
  return {
    next,
    async nextWhere(isWanted) {
      for (;;) {
        const event = await next();
        if (isWanted(event)) {
          return event;
        }
      }
    },
  };
}
