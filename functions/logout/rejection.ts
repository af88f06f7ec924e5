import { describeReason, type Reason } from './reasons.ts';

/** The request is at fault, and sending it again will not help (Back-Channel Logout 1.0, section 2.8: 400). */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(describeReason(reason));
    this.reason = reason;
  }
}

/** The request may be right, but the logout could not be completed; sending it again can help. */
export class LogoutFailure extends Error {
  override readonly name = 'LogoutFailure';
  readonly reason: Reason;
  /** Whether it should be kept and tried again; false where whoever makes up tokens could fill the queue with them. */
  readonly isWorthKeeping: boolean;

  constructor(reason: Reason, cause: unknown, isWorthKeeping = true) {
    super(describeReason(reason), { cause });
    this.reason = reason;
    this.isWorthKeeping = isWorthKeeping;
  }
}
