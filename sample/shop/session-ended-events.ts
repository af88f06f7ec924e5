import * as z from 'zod/mini';

const SessionEnded = z.object({ detail: z.object({ clientId: z.string(), creation: z.string() }) });

/**
 * Reads session-ended events from where the local run serves them, a line of JSON each. On AWS, a rule on the event bus
 * takes its place.
 *
 * @param onEnd is told of each session of the client that has ended
 * @returns when no events come any more
 */
export async function readSessionEndedEvents(
  url: string,
  clientId: string,
  onEnd: (creation: string) => void,
): Promise<void> {
  const { body } = await fetch(url);
  let unread = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = `${unread}${chunk}`.split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) {
      const { detail } = SessionEnded.parse(JSON.parse(line));
      if (detail.clientId === clientId) {
        onEnd(detail.creation);
      }
    }
  }
}
