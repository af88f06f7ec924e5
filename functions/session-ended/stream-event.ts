import * as z from 'zod/mini';

/** A session that is no more. Nothing of the person: no `sub`, no `sid`, no data. */
export interface EndedSession {
  /** Of its record in the stream. */
  readonly sequenceNumber: string;
  /** Epoch seconds, by DynamoDB's clock. */
  readonly endedAt: number;
  /** What applications are told. */
  readonly detail: SessionEndedDetail;
}

export interface SessionEndedDetail {
  readonly issuer: string;
  readonly clientId: string;
  /** As the session has them in the relying party's `SessionStore`. */
  readonly idHash: string;
  readonly creation: string;
  readonly cause: 'logout' | 'expired' | 'replaced' | 'deleted';
  /** Of the logout. With another cause there is none. */
  readonly scope?: 'sid' | 'sub' | undefined;
}

const StreamRecord = z.object({
  userIdentity: z.nullish(z.object({ principalId: z.optional(z.string()) })),
  dynamodb: z.object({
    SequenceNumber: z.string(),
    ApproximateCreationDateTime: z.number(),
    OldImage: z.optional(z.unknown()),
    NewImage: z.optional(z.unknown()),
  }),
});
const StreamEvent = z.object({ Records: z.array(StreamRecord) });

const Text = z.object({ S: z.string() });
const Numeral = z.object({ N: z.coerce.number() });
const SessionImage = z.object({
  pk: Text,
  creation: Text,
  issuer: Text,
  clientId: Text,
  expiresAt: Numeral,
  latestExpiresAt: Numeral,
});
/** What the session store writes over a session that it ends. */
const EndImage = z.object({
  cause: z.object({ S: z.enum(['logout', 'replaced', 'deleted']) }),
  scope: z.optional(z.object({ S: z.enum(['sid', 'sub']) })),
});

/** Who deletes items whose time to live is over. */
const TIME_TO_LIVE = 'dynamodb.amazonaws.com';

/**
 * Reads the sessions that have ended out of the records of the table's stream. The event source lets through only those
 * of sessions that are gone or that an end was written over.
 *
 * @param onUnreadable is told the sequence number of a record that holds no session of this version: nobody can be told
 * of its end, and it must not hold up what comes after it
 * @throws z.core.$ZodError where the event is of another kind: the function is wired to something else
 */
export function endedSessionsIn(event: unknown, onUnreadable: (sequenceNumber: string) => void): EndedSession[] {
  return StreamEvent.parse(event).Records.flatMap((record) => {
    const {
      SequenceNumber: sequenceNumber,
      ApproximateCreationDateTime: endedAt,
      OldImage,
      NewImage,
    } = record.dynamodb;
    const { success, data: old } = SessionImage.safeParse(OldImage);
    if (!success) {
      onUnreadable(sequenceNumber);
      return [];
    }
    const { data: end } = EndImage.safeParse(NewImage);
    if (NewImage !== undefined && !end) {
      // It goes on.
      return [];
    }
    const { issuer, clientId, creation } = old;
    const detail = {
      issuer: issuer.S,
      clientId: clientId.S,
      idHash: old.pk.S.slice('SESSION#'.length),
      creation: creation.S,
      ...(isOver(record, old) ? { cause: 'expired' as const } : reasonIn(end)),
    };
    return [{ sequenceNumber, endedAt, detail }];
  });
}

/** Whether a session had ended by itself before anything else happened to it. */
function isOver(
  { userIdentity, dynamodb }: z.infer<typeof StreamRecord>,
  { expiresAt, latestExpiresAt }: z.infer<typeof SessionImage>,
): boolean {
  return (
    userIdentity?.principalId === TIME_TO_LIVE ||
    Math.min(expiresAt.N, latestExpiresAt.N) <= dynamodb.ApproximateCreationDateTime
  );
}

/** An item that is gone without an end was deleted past the session store. */
function reasonIn(end: z.infer<typeof EndImage> | undefined): Pick<SessionEndedDetail, 'cause' | 'scope'> {
  return end ? { cause: end.cause.S, ...(end.scope && { scope: end.scope.S }) } : { cause: 'deleted' };
}
