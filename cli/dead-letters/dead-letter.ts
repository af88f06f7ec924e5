import * as z from 'zod/mini';
import type { DeferredLogout } from '../../receiver/deferral/deferred-logout.ts';
import { deferredLogoutFrom } from '../../receiver/deferral/queue-message.ts';
import { claimedOrigin } from '../../receiver/logout/claimed-origin.ts';

/** What may be shown of a message: whose logout it is, and never whom it is about. */
export interface DeadLetter {
  readonly kind: 'verified' | 'frontchannel' | 'unverified' | 'interrupted' | 'stream' | 'unknown';
  /** Of the same kind and the same origin. Values of a token that was not verified are whatever its sender chose. */
  readonly origin: Readonly<Record<string, string>>;
  /** Epoch seconds; undefined where the message does not say. */
  readonly receivedAt?: number | undefined;
  /** Records of the stream. */
  readonly records?: number | undefined;
}

/** What Lambda says of records that an event source mapping has given up. */
const GivenUpRecords = z.object({
  requestContext: z.object({ condition: z.string() }),
  DDBStreamBatchInfo: z.object({ batchSize: z.number(), approximateArrivalOfFirstRecord: z.optional(z.string()) }),
});

/** @param body of a message in one of the queues for what was given up */
export function deadLetterFrom(body: string): DeadLetter {
  try {
    return letterOf(deferredLogoutFrom(body));
  } catch {
    return givenUpRecordsFrom(body) ?? { kind: 'unknown', origin: {} };
  }
}

/**
 * A dead letter of a queue. Front-channel logouts have the form of verified ones, and nobody has signed them: they wait
 * among the tokens that could not be verified.
 *
 * @param queue as the receiver's stack puts it out, without `Url`
 */
export function inQueue(queue: string, letter: DeadLetter): DeadLetter {
  return queue === 'UnverifiedDeadLetterQueue' && letter.kind === 'verified'
    ? { ...letter, kind: 'frontchannel' }
    : letter;
}

function letterOf(logout: DeferredLogout): DeadLetter {
  if ('order' in logout) {
    const { issuer, scope, endings } = logout.order;
    const clients = endings.map(({ clientId }) => clientId).join(', ');
    return { kind: 'verified', origin: { iss: issuer, aud: clients, scope }, receivedAt: logout.receivedAt };
  }
  if ('token' in logout) {
    return { kind: 'unverified', origin: claimsOf(logout.token), receivedAt: logout.receivedAt };
  }
  if ('frontchannelQuery' in logout) {
    return { kind: 'frontchannel', origin: {}, receivedAt: logout.receivedAt };
  }
  return { kind: 'interrupted', origin: {}, receivedAt: logout.loggedOutAt };
}

/** What stands in log lines as well. */
function claimsOf(token: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claimedOrigin(token)).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}

function givenUpRecordsFrom(body: string): DeadLetter | undefined {
  const { data } = GivenUpRecords.safeParse(jsonFrom(body));
  if (!data) {
    return undefined;
  }
  const { batchSize, approximateArrivalOfFirstRecord: arrival = '' } = data.DDBStreamBatchInfo;
  const arrivedAt = Date.parse(arrival) / 1000;
  return {
    kind: 'stream',
    origin: { condition: data.requestContext.condition },
    records: batchSize,
    ...(Number.isFinite(arrivedAt) && { receivedAt: arrivedAt }),
  };
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
