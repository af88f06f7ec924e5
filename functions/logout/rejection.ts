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

  constructor(reason: Reason, cause: unknown) {
    super(describeReason(reason), { cause });
    this.reason = reason;
  }
}
