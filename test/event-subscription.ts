import * as z from 'zod/mini';

const Event = z.looseObject({ id: z.string(), detail: z.looseObject({}) });

/** What comes on an event bus of the local run. */
export interface Subscription {
  /** Waits for the next event. */
  next(): Promise<z.infer<typeof Event>>;
  stop(): Promise<void>;
}

/**
 * Reads the events of a bus from now on.
 *
 * @param url that the local run gives for the bus
 */
export async function subscribe(url: string): Promise<Subscription> {
  const leaving = new AbortController();
  const { body, status } = await fetch(url, { signal: leaving.signal });
  if (!body || status !== 200) {
    throw new Error(`${url} answers ${status}`);
  }
  const chunks = body.pipeThrough(new TextDecoderStream()).getReader();
  let read = '';
  return {
    async next() {
      while (!read.includes('\n')) {
        const { value, done } = await chunks.read();
        if (done) {
          throw new Error('no events come any more');
        }
        read += value;
      }
      const end = read.indexOf('\n');
      const line = read.slice(0, end);
      read = read.slice(end + 1);
      return Event.parse(JSON.parse(line));
    },
    async stop() {
      leaving.abort();
    },
  };
}
