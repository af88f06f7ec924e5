import * as z from 'zod/mini';

/**
 * What a verified logout token orders. It stays verified, whatever becomes of the keys that it was verified with.
 *
 * Neither a token nor a `sub` or `sid` is in it, so that it may be kept in a queue.
 */
export const LogoutOrder = z.object({
  issuer: z.string(),
  scope: z.enum(['sid', 'sub']),
  jti: z.string(),
  claim: z.object({ pk: z.string(), scopeHash: z.string(), iat: z.number(), repeatedUntil: z.number() }),
  /** One for each client that the token is for. */
  endings: z.array(
    z.object({
      clientId: z.string(),
      partition: z.string(),
      maxSessionLifetimeSeconds: z.number(),
      allowanceSeconds: z.number(),
      /** Partition of the token's `sub`, where it names a `sid` too. */
      subject: z.optional(z.string()),
    }),
  ),
  /** Whether a token that is delivered again is refused when its logout is done. */
  refusesReplays: z.boolean(),
});

export type LogoutOrder = z.infer<typeof LogoutOrder>;

/** What of an order stands in every log line about its logout. */
export interface LogoutOrigin {
  readonly issuer: string;
  readonly clientIds: readonly string[];
  readonly jti: string;
}

export function originOf({ issuer, endings, jti }: LogoutOrder): LogoutOrigin {
  return { issuer, clientIds: endings.map(({ clientId }) => clientId), jti };
}
