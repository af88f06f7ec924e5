import * as z from 'zod/mini';
import type { ScopeEnding } from '../../relying-party/sessions/scope-ending.ts';

/** A logout whose token was claimed: whoever claimed it has begun to end its scopes. */
export interface ClaimedLogout {
  readonly sequenceNumber: string;
  readonly endings: readonly ScopeEnding[];
  /** The token's `iat`: epoch seconds by the OP's clock. */
  readonly loggedOutAt: number;
}

const Text = z.object({ S: z.string() });
const Numeral = z.object({ N: z.coerce.number() });

const StreamEvent = z.object({
  Records: z.array(z.object({ dynamodb: z.object({ SequenceNumber: z.string(), NewImage: z.optional(z.unknown()) }) })),
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

/**
 * Reads the records of the table's stream. The event source lets through only those of seen tokens.
 *
 * @throws z.core.$ZodError where the event is of another kind: the function is wired to something else
 */
export function claimedLogoutsIn(event: unknown): ClaimedLogout[] {
  return StreamEvent.parse(event).Records.flatMap(({ dynamodb }) => {
    // What is no seen token of this version holds nothing to finish, and must not hold up what comes after it.
    const { success, data } = SeenTokenImage.safeParse(dynamodb.NewImage);
    if (!success) {
      return [];
    }
    const endings = data.endings.L.map(({ M }) => ({
      partition: M.partition.S,
      maxSessionLifetimeSeconds: M.maxSessionLifetimeSeconds.N,
      allowanceSeconds: M.allowanceSeconds.N,
    }));
    return [{ sequenceNumber: dynamodb.SequenceNumber, endings, loggedOutAt: data.iat.N }];
  });
}
