import type { LogoutOrder } from './logout-order.ts';
import { describeReason, type Reason } from './reasons.ts';

/** The request is at fault, and sending it again will not help (Back-Channel Logout 1.0, section 2.8: 400). */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly reason: Reason;
  /** What the token orders, where it was verified and refused after that. */
  readonly order: LogoutOrder | undefined;

  constructor(reason: Reason, order?: LogoutOrder) {
    super(describeReason(reason));
    this.reason = reason;
    this.order = order;
  }
}

/** The request may be right, but the logout could not be completed; sending it again can help. */
export class LogoutFailure extends Error {
  override readonly name = 'LogoutFailure';
  readonly reason: Reason;
  /** What the token orders, where it was verified before the logout failed. */
  readonly order: LogoutOrder | undefined;

  constructor(reason: Reason, cause: unknown, order?: LogoutOrder) {
    super(describeReason(reason), { cause });
    this.reason = reason;
    this.order = order;
  }
}
