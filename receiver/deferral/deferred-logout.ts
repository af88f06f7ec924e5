import * as z from 'zod/mini';
import { LogoutOrder } from '../logout/logout-order.ts';

/** A logout that was received, and whose token could not be verified yet. */
const UnverifiedLogout = z.object({
  token: z.string(),
  /** Epoch seconds, with their fraction: age and expiry are judged at receipt, never at a later try. */
  receivedAt: z.number(),
});

/** A front-channel logout that was received while nobody could say for whom it is. */
const UnjudgedFrontchannelLogout = z.object({
  /** Of the request. It holds the `sid`. */
  frontchannelQuery: z.string(),
  /** Epoch seconds, with their fraction. */
  receivedAt: z.number(),
});

/** A logout whose token was verified. The token is not kept: no later change of keys can make it invalid. */
const VerifiedLogout = z.object({
  order: LogoutOrder,
  /** Epoch seconds, with their fraction. */
  receivedAt: z.number(),
});

/** A logout whose function died before it was done. */
const InterruptedLogout = z.object({
  endings: z.array(
    z.object({ partition: z.string(), maxSessionLifetimeSeconds: z.number(), allowanceSeconds: z.number() }),
  ),
  /** The token's `iat`: epoch seconds by the OP's clock. */
  loggedOutAt: z.number(),
});

const DeferredLogout = z.union([UnverifiedLogout, UnjudgedFrontchannelLogout, VerifiedLogout, InterruptedLogout]);

export type UnverifiedLogout = z.infer<typeof UnverifiedLogout>;
export type UnjudgedFrontchannelLogout = z.infer<typeof UnjudgedFrontchannelLogout>;
export type VerifiedLogout = z.infer<typeof VerifiedLogout>;
export type InterruptedLogout = z.infer<typeof InterruptedLogout>;

/** A logout that is to be finished later. */
export type DeferredLogout = z.infer<typeof DeferredLogout>;

/** The body of the queue's message. It may hold a token, so the queue is encrypted, and nothing logs it. */
export function messageOf(logout: DeferredLogout): string {
  return JSON.stringify(logout);
}

/** @throws Error where it is no message of ours, with nothing of it in the error */
export function deferredLogoutFrom(message: string): DeferredLogout {
  const { success, data } = DeferredLogout.safeParse(jsonFrom(message));
  if (!success) {
    throw new Error('the message is no deferred logout');
  }
  return data;
}

/** @returns undefined where it is no JSON: the parser's own error would quote the text */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
