import * as z from 'zod/mini';
import type { DeferredLogout } from './deferred-logout.ts';

const ending = { partition: z.string(), maxSessionLifetimeSeconds: z.number(), allowanceSeconds: z.number() };

const LogoutOrder = z.object({
  issuer: z.string(),
  scope: z.enum(['sid', 'sub']),
  jti: z.string(),
  claim: z.object({ pk: z.string(), scopeHash: z.string(), iat: z.number(), repeatedUntil: z.number() }),
  endings: z.array(z.object({ ...ending, clientId: z.string(), subject: z.optional(z.string()) })),
  refusesReplays: z.boolean(),
});

const Message = z.union([
  z.object({ token: z.string(), receivedAt: z.number() }),
  z.object({ frontchannelQuery: z.string(), receivedAt: z.number() }),
  z.object({ order: LogoutOrder, receivedAt: z.number() }),
  z.object({ endings: z.array(z.object(ending)), loggedOutAt: z.number() }),
]);

/** @throws Error where it is no message of ours, with nothing of it in the error */
export function deferredLogoutFrom(message: string): DeferredLogout {
  const { success, data } = Message.safeParse(jsonFrom(message));
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
