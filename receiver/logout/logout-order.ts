import type { TokenClaim } from '../../relying-party/sessions/seen-token.ts';

/** The sessions of one client that a logout is to end. */
export interface OrderedEnding {
  readonly clientId: string;
  readonly partition: string;
  readonly maxSessionLifetimeSeconds: number;
  readonly allowanceSeconds: number;
  /** Partition of the token's `sub`, where it names a `sid` too. */
  readonly subject?: string | undefined;
}

/**
 * What a verified logout token orders. It stays verified, whatever becomes of the keys that it was verified with.
 *
 * Neither a token nor a `sub` or `sid` is in it, so that it may be kept in a queue.
 */
export interface LogoutOrder {
  readonly issuer: string;
  readonly scope: 'sid' | 'sub';
  readonly jti: string;
  readonly claim: TokenClaim;
  /** One for each client that the token is for. */
  readonly endings: readonly OrderedEnding[];
  /** Whether a token that is delivered again is refused when its logout is done. */
  readonly refusesReplays: boolean;
}

/** What of an order stands in every log line about its logout. */
export interface LogoutOrigin {
  readonly issuer: string;
  readonly clientIds: readonly string[];
  readonly jti: string;
}

export function originOf({ issuer, endings, jti }: LogoutOrder): LogoutOrigin {
  return { issuer, clientIds: endings.map(({ clientId }) => clientId), jti };
}
