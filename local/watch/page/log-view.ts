import type { LogEvent } from '../feed-event.ts';
import { details, json } from './element.ts';
import type { View } from './event-views.ts';

/** What the answer says already. */
const UNSAID = ['logout_accepted', 'logout_rejected'];

/** What the lines that come most often mean; others are shown as they are. */
const MEANINGS: Readonly<Record<string, (members: LogEvent['members']) => string>> = {
  jwks_fetched: ({ issuer }) => `The receiver has fetched the keys of ${issuer}`,
  jwks_fetch_failed: ({ issuer }) => `The keys of ${issuer} cannot be fetched`,
  logout_deferred: ({ reason }) => `The logout is put into a queue, because of ${reason}`,
  deferred_logout_failed: ({ reason }) =>
    `The kept logout cannot be finished (${reason}). It is tried again, and goes to the dead letters in the end`,
  deferred_logout_completed: ({ secondsLate, sessionsEnded }) =>
    `The kept logout is finished, ${Math.round(Number(secondsLate))} s after it arrived. Sessions ended: ${sessionsEnded}`,
  interrupted_logout_completed: ({ sessionsEnded }) =>
    `A logout that was interrupted is finished. Sessions ended: ${sessionsEnded}`,
};

/** @returns undefined of what the answer says already */
export function logView({ level, message, text, members }: LogEvent): View | undefined {
  if (UNSAID.includes(message)) {
    return undefined;
  }
  const meaning = MEANINGS[message]?.(members);
  return {
    title: meaning ?? `Log: ${text}`,
    tone: tones.get(level) ?? (message.endsWith('_completed') ? 'good' : 'plain'),
    more: [details(`Log line ${message}`, () => json(members, 'line of the log'))],
    said: message.endsWith('_completed') ? meaning : undefined,
  };
}

const tones: ReadonlyMap<string, View['tone']> = new Map([
  ['ERROR', 'bad'],
  ['WARN', 'wait'],
]);
