import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import * as z from 'zod/mini';

const SessionEnded = z.object({ detail: z.object({ clientId: z.string(), creation: z.string() }) });
type SessionEnded = z.infer<typeof SessionEnded>;

const PAUSE_MILLISECONDS = 1000;

export interface SessionEndedListener {
  /** Events are read from now on; those before may have been missed. */
  onConnect(): void;
  /** A session of the client has ended. */
  onEnd(creation: string): void;
  onProblem(error: unknown): void;
}

/**
 * Reads session-ended events from where the local run serves them, a line of JSON each. On AWS, a rule on the event bus
 * takes its place. Connects again whenever the stream ends.
 *
 * @param stopped no events are read once it is aborted; then the promise resolves
 */
export async function readSessionEndedEvents(
  url: string,
  clientId: string,
  listener: SessionEndedListener,
  stopped: AbortSignal,
): Promise<void> {
  while (!stopped.aborted) {
    try {
      await readStream(url, clientId, listener, stopped);
    } catch (error) {
      if (!stopped.aborted) {
        listener.onProblem(error);
      }
    }
    // Rejects where it is aborted.
    await setTimeout(PAUSE_MILLISECONDS, undefined, { signal: stopped }).catch(() => undefined);
  }
}

async function readStream(
  url: string,
  clientId: string,
  { onConnect, onEnd, onProblem }: SessionEndedListener,
  signal: AbortSignal,
): Promise<void> {
  // Not `fetch`: it ends a stream that has said nothing for five minutes. Not the global agent: it asks the proxy that the
  // environment named when the process started (NODE_USE_ENV_PROXY), and no proxy reaches the local run.
  const [response]: IncomingMessage[] = await once(get(url, { agent: new Agent(), signal }), 'response');
  if (response?.statusCode !== 200) {
    throw new Error(`session-ended events are answered ${response?.statusCode}`);
  }
  onConnect();
  let unread = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = `${unread}${chunk}`.split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) {
      const event = eventIn(line);
      if (!event) {
        onProblem(new Error('a session-ended event cannot be read'));
      } else if (event.detail.clientId === clientId) {
        onEnd(event.detail.creation);
      }
    }
  }
}

function eventIn(line: string): SessionEnded | undefined {
  try {
    return SessionEnded.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
