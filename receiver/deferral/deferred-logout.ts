import type { ScopeEnding } from '../../relying-party/sessions/scope-ending.ts';
import type { LogoutOrder } from '../logout/logout-order.ts';

/** A logout that was received, and whose token could not be verified yet. */
export interface UnverifiedLogout {
  readonly token: string;
  /** Epoch seconds, with their fraction: age and expiry are judged at receipt, never at a later try. */
  readonly receivedAt: number;
}

/** A front-channel logout that was received while nobody could say for whom it is. */
export interface UnjudgedFrontchannelLogout {
  /** Of the request. It holds the `sid`. */
  readonly frontchannelQuery: string;
  /** Epoch seconds, with their fraction. */
  readonly receivedAt: number;
}

/** A logout whose token was verified. The token is not kept: no later change of keys can make it invalid. */
export interface VerifiedLogout {
  readonly order: LogoutOrder;
  /** Epoch seconds, with their fraction. */
  readonly receivedAt: number;
}

/** A logout whose function died before it was done. */
export interface InterruptedLogout {
  readonly endings: readonly ScopeEnding[];
  /** The token's `iat`: epoch seconds by the OP's clock. */
  readonly loggedOutAt: number;
}

/** A logout that is to be finished later. */
export type DeferredLogout = UnverifiedLogout | UnjudgedFrontchannelLogout | VerifiedLogout | InterruptedLogout;

/** The body of the queue's message. It may hold a token, so the queue is encrypted, and nothing logs it. */
export function messageOf(logout: DeferredLogout): string {
  return JSON.stringify(logout);
}
