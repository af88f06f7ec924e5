import { setTimeout } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EndedSession } from './stream-event.ts';

/** EventBridge's limit for one PutEvents. */
export const MOST_EVENTS_AT_ONCE = 10;

const SOURCE = 'logout-receiver';
const DETAIL_TYPE = 'Session Ended';
/** Tries of what the bus refuses, each after twice the time of the one before. */
const MAX_TRIES = 3;
const FIRST_PAUSE_MILLISECONDS = 50;

/** An event that the bus has refused again and again. */
export interface RefusedEvent {
  /** Among those that were to be published. */
  readonly index: number;
  readonly errorCode: string;
}

/** The event bus that applications subscribe to. */
export class EventBus {
  readonly #name: string;
  readonly #client = new EventBridgeClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true },
  });

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Publishes at most `MOST_EVENTS_AT_ONCE` events. A request can succeed for some and fail for others: only those that
   * were refused are tried again.
   *
   * @throws whatever EventBridge throws: then none of those that were tried last is known to be published
   */
  async publish(ended: readonly EndedSession[]): Promise<RefusedEvent[]> {
    let refused = await this.#put(ended.map((session, index) => ({ session, index })));
    for (let tries = 1; refused.length > 0 && tries < MAX_TRIES; tries++) {
      // Jittered: those that were throttled together must not come back together.
      await setTimeout(FIRST_PAUSE_MILLISECONDS * 2 ** tries * Math.random());
      refused = await this.#put(refused);
    }
    return refused;
  }

  async #put(entries: readonly { session: EndedSession; index: number }[]) {
    const { Entries: answers = [] } = await this.#client.send(
      new PutEventsCommand({
        Entries: entries.map(({ session: { endedAt, detail } }) => ({
          EventBusName: this.#name,
          Source: SOURCE,
          DetailType: DETAIL_TYPE,
          Time: new Date(endedAt * 1000),
          Detail: JSON.stringify(detail),
        })),
      }),
    );
    // They stand in the order of the request.
    return entries.flatMap((entry, place) => {
      const answer = answers[place];
      return answer?.EventId === undefined ? [{ ...entry, errorCode: answer?.ErrorCode ?? 'NoAnswer' }] : [];
    });
  }
}
