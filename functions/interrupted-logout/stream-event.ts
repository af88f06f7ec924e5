import * as z from 'zod/mini';
import type { ScopeEnding } from '../../relying-party/sessions/scope-ending.ts';
import type { EndReason } from '../../relying-party/sessions/session-ending.ts';

/** A logout whose token was claimed: whoever claimed it has begun to end its scopes. */
export interface ClaimedLogout {
  readonly kind: 'claimed';
  readonly sequenceNumber: string;
  readonly endings: readonly ScopeEnding[];
  /** The token's `iat`: epoch seconds by the OP's clock. */
  readonly loggedOutAt: number;
}

/** A session that took the place of its own end. */
export interface BroughtBackSession {
  readonly kind: 'brought back';
  readonly sequenceNumber: string;
  readonly idHash: string;
  readonly creation: string;
  /** What the end said of itself. */
  readonly reason: EndReason;
}

const Text = z.object({ S: z.string() });
const Numeral = z.object({ N: z.coerce.number() });

const StreamEvent = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.object({
        SequenceNumber: z.string(),
        OldImage: z.optional(z.unknown()),
        NewImage: z.optional(z.unknown()),
      }),
    }),
  ),
});

const SeenTokenImage = z.object({
  iat: Numeral,
  endings: z.object({
    L: z.array(
      z.object({
        M: z.object({ partition: Text, maxSessionLifetimeSeconds: Numeral, allowanceSeconds: Numeral }),
      }),
    ),
  }),
});
const SessionImage = z.object({ pk: Text, creation: Text, endedAt: z.optional(z.undefined()) });
const EndImage = z.object({
  creation: Text,
  endedAt: Numeral,
  cause: z.catch(z.object({ S: z.enum(['logout', 'deleted']) }), { S: 'deleted' }),
  scope: z.catch(z.optional(z.object({ S: z.enum(['sid', 'sub']) })), undefined),
});

/**
 * Reads the records of the table's stream. The event source lets through only those of seen tokens, and of sessions that
 * took the place of an end.
 *
 * @throws z.core.$ZodError where the event is of another kind: the function is wired to something else
 */
export function unfinishedIn(event: unknown): (ClaimedLogout | BroughtBackSession)[] {
  // What is of no such kind, or not of this version, holds nothing to finish, and must not hold up what comes after it.
  return StreamEvent.parse(event).Records.flatMap(({ dynamodb: { SequenceNumber, OldImage, NewImage } }) => [
    ...claimedLogoutIn(NewImage, SequenceNumber),
    ...broughtBackIn(OldImage, NewImage, SequenceNumber),
  ]);
}

function claimedLogoutIn(image: unknown, sequenceNumber: string): ClaimedLogout[] {
  const { data } = SeenTokenImage.safeParse(image);
  const endings = data?.endings.L.map(({ M }) => ({
    partition: M.partition.S,
    maxSessionLifetimeSeconds: M.maxSessionLifetimeSeconds.N,
    allowanceSeconds: M.allowanceSeconds.N,
  }));
  return data && endings ? [{ kind: 'claimed', sequenceNumber, endings, loggedOutAt: data.iat.N }] : [];
}

/** Where another creation has the place now, it is the successor that the end has named. */
function broughtBackIn(oldImage: unknown, newImage: unknown, sequenceNumber: string): BroughtBackSession[] {
  const { data: end } = EndImage.safeParse(oldImage);
  const { data: session } = SessionImage.safeParse(newImage);
  if (!end || !session || end.creation.S !== session.creation.S) {
    return [];
  }
  const { cause, scope } = end;
  return [
    {
      kind: 'brought back',
      sequenceNumber,
      idHash: session.pk.S.slice('SESSION#'.length),
      creation: session.creation.S,
      reason: { cause: cause.S, ...(scope && { scope: scope.S }) },
    },
  ];
}
