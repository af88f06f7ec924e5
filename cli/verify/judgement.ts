import { logoutTokenIn } from '../../receiver/logout/logout-request.ts';
import { type VerifiedLogoutToken, verifyLogoutToken } from '../../receiver/logout/logout-token.ts';
import type { Reason } from '../../receiver/logout/reasons.ts';
import { LogoutFailure, Rejection } from '../../receiver/logout/rejection.ts';
import { type JudgedRule, judgedRules } from '../../receiver/logout/rules.ts';
import type { TokenKeys } from '../../receiver/logout/token-signature.ts';
import type { RelyingPartiesIndex } from '../../receiver/relying-parties/relying-parties-index.ts';
import type { TokenInput } from './logout-token-input.ts';

/** What the judge says of a logout token. */
export interface Judgement {
  /**
   * `deferred`: the receiver would keep it, since a key that fits may be published later. `undecided`: keys or secrets
   * could not be had here, and nobody knows.
   */
  readonly verdict: 'accepted' | 'refused' | 'deferred' | 'undecided';
  /** Undefined where it is accepted. */
  readonly reason: Reason | undefined;
  /** Why keys or secrets could not be had. */
  readonly cause: unknown;
  /** The token that the request brings, where it brings one. */
  readonly token: string | undefined;
  readonly verified: VerifiedLogoutToken | undefined;
}

/** A rule, and what became of it; what it would need to be judged where that is not here. */
export type ShownRule = JudgedRule & { readonly needs?: 'the request' | 'the sessions table' };

/**
 * Has a logout token judged, by the judge of the deployment.
 *
 * @param receivedAt epoch seconds
 */
export async function judgementOf(
  { request }: TokenInput,
  receivedAt: number,
  relyingParties: RelyingPartiesIndex,
  keys: TokenKeys,
): Promise<Judgement> {
  let token: string | undefined;
  const refused = { cause: undefined, verified: undefined };
  try {
    token = logoutTokenIn(request, relyingParties);
    const verified = await verifyLogoutToken(token, receivedAt, relyingParties, keys);
    return { verdict: 'accepted', reason: undefined, cause: undefined, token, verified };
  } catch (error) {
    if (error instanceof Rejection) {
      return { ...refused, verdict: 'refused', reason: error.reason, token };
    }
    if (error instanceof LogoutFailure) {
      const { reason, cause } = error;
      return reason === 'key_not_found'
        ? { ...refused, verdict: 'deferred', reason, token }
        : { ...refused, verdict: 'undecided', reason, cause, token };
    }
    throw error;
  }
}

/**
 * What became of each rule. Those that a token alone does not tell are not judged, whatever the verdict.
 *
 * @param isBodyGiven whether the body of the request was given too
 */
export function shownRules({ reason, token }: Judgement, { isBodyGiven }: TokenInput): readonly ShownRule[] {
  const ofRequest = isBodyGiven ? ['method', 'content-type'] : ['method', 'content-type', 'one-token'];
  const ofTable = ['jti-use', 'replay'];
  return judgedRules(reason, { isEncrypted: token === undefined ? undefined : isJwe(token) }).map((rule) => {
    if (ofRequest.includes(rule.id)) {
      return { ...rule, outcome: 'unjudged', needs: 'the request' };
    }
    return ofTable.includes(rule.id) ? { ...rule, outcome: 'unjudged', needs: 'the sessions table' } : rule;
  });
}

/** The five parts of a JWE (RFC 7516, section 7.1), by which the judge too tells it from a JWS. */
export function isJwe(token: string): boolean {
  return token.split('.').length === 5;
}
