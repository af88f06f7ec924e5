/** A queue of what was given up. */
export interface DeadLetterQueue {
  /** As the receiver's stack puts it out, without `Url`. */
  readonly name: string;
  /** Whether only some deployments have it. */
  readonly isOptional?: boolean;
  readonly holds: string;
  /** What to do about what is in it. */
  readonly advice: string;
  /** Whether SQS can move what is in it back to where it came from. */
  readonly isRedriven: boolean;
}

const OPERATING = 'docs/operating.md';

export const DEAD_LETTER_QUEUES = [
  {
    name: 'DeadLetterQueue',
    holds: 'verified logouts that could not be completed for a day: users may still be signed in',
    advice: `See the log of DeferredLogout for deferred_logout_failed and its cause, mend it, then: logout-receiver dead-letters redrive (${OPERATING}, Deferred logouts)`,
    isRedriven: true,
  },
  {
    name: 'UnverifiedDeadLetterQueue',
    holds:
      'tokens that could not be verified for a day: forged, or of a key that the OP publishes no more; or front-channel logouts that could not be completed',
    advice: `Many key ids that the issuer never published are forged: purge the queue, but never with front-channel logouts in it. For those, and for a cause that is mended: logout-receiver dead-letters redrive UnverifiedDeadLetterQueue (${OPERATING}, Unverified logouts)`,
    isRedriven: true,
  },
  {
    name: 'InterruptedLogoutsGivenUpQueue',
    holds: 'where in the stream logouts are that were begun and given up: users may still be signed in',
    advice: `Mend the cause, then hand the records to the function before the stream forgets them, 24 hours after they were written (${OPERATING}, Logouts that the stream has given up)`,
    isRedriven: false,
  },
  {
    name: 'SessionEndedEventsGivenUpQueue',
    isOptional: true,
    holds: 'where in the stream ends of sessions are that were not published: applications were not told',
    advice: `Mend the cause, have the applications check all sessions whose sockets are open, and drop their caches, then purge the queue (${OPERATING}, Session-ended events)`,
    isRedriven: false,
  },
] as const satisfies readonly DeadLetterQueue[];

export const DEAD_LETTER_QUEUE_NAMES = DEAD_LETTER_QUEUES.map(({ name }) => name);

export function deadLetterQueue(name: string): DeadLetterQueue | undefined {
  return DEAD_LETTER_QUEUES.find((queue) => queue.name === name);
}
