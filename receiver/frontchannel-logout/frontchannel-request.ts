import { randomUUID } from 'node:crypto';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { tokenClaimOf } from '../../relying-party/sessions/seen-token.ts';
import type { LogoutOrder } from '../logout/logout-order.ts';
import { newestRelyingParties } from '../logout/newest-relying-parties.ts';
import type { RelyingPartiesIndex } from '../relying-parties/relying-parties-index.ts';
import type { RelyingPartiesSource } from '../relying-parties/relying-parties-source.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { FrontchannelReason } from './reasons.ts';

/**
 * In characters. 128 random bits take 22 in base64url, the densest form that OPs use; fewer cannot hold as many. A UUID
 * has 36. Whoever knows a `sid` can end its sessions, so it must be hard to guess (Front-Channel Logout 1.0, section 5).
 */
const LEAST_SID_CHARACTERS = 22;
/** As many as the `sid` claim of a logout token may have. */
const MOST_SID_CHARACTERS = 1024;

/** What a request orders, or why it orders nothing. */
export type JudgedRequest = { readonly order: LogoutOrder } | { readonly reason: FrontchannelReason };

/**
 * Judges a front-channel logout request by the relying parties that are configured now. One that is for none of those that
 * are known is judged by the newest before it is refused.
 *
 * @param query as it was sent, without the question mark
 * @param receivedAt epoch seconds by this machine's clock
 * @throws LogoutFailure where it is well-formed, and nobody knows whether it is for one of them
 */
export async function judgeAsConfigured(
  query: string,
  source: RelyingPartiesSource,
  receivedAt: number,
): Promise<JudgedRequest> {
  const known = await source.known();
  const judged = judgeFrontchannelRequest(query, known, receivedAt);
  if (!('reason' in judged && judged.reason === 'issuer_unknown')) {
    return judged;
  }
  const newest = await newestRelyingParties(source);
  return newest === known ? judged : judgeFrontchannelRequest(query, newest, receivedAt);
}

/**
 * Judges a front-channel logout request by its query alone, without a look at any table (Front-Channel Logout 1.0, section
 * 2: `iss` and `sid` come together).
 *
 * Nothing in it is signed. So it can order what is said here and nothing else: the end of one `sid`'s sessions, at the
 * clients that have front-channel logout turned on.
 *
 * @param query as it was sent, without the question mark
 * @param receivedAt epoch seconds by this machine's clock
 */
export function judgeFrontchannelRequest(
  query: string,
  relyingParties: RelyingPartiesIndex,
  receivedAt: number,
): JudgedRequest {
  const parameters = new URLSearchParams(query);
  const [iss, ...furtherIssuers] = parameters.getAll('iss');
  const [sid, ...furtherSids] = parameters.getAll('sid');
  if (!iss) {
    return { reason: 'iss_missing' };
  }
  if (!sid) {
    return { reason: 'sid_missing' };
  }
  // RFC 6749, section 3.1: of two values, another part of the way might read the other.
  if (furtherIssuers.length > 0) {
    return { reason: 'iss_repeated' };
  }
  if (furtherSids.length > 0) {
    return { reason: 'sid_repeated' };
  }
  if (sid.length < LEAST_SID_CHARACTERS) {
    return { reason: 'sid_too_short' };
  }
  if (sid.length > MOST_SID_CHARACTERS) {
    return { reason: 'sid_too_long' };
  }
  const [first, ...others] = relyingParties.withFrontchannelLogout(iss);
  return first ? { order: orderFor([first, ...others], sid, receivedAt) } : { reason: 'issuer_unknown' };
}

/**
 * The order has a `jti` of its own: with it a logout whose function dies half-way is claimed, found in the table's stream
 * and finished, as that of a logout token is. Each request is a logout of its own, since nothing tells two apart.
 */
function orderFor(
  relyingParties: readonly [RelyingParty, ...RelyingParty[]],
  sid: string,
  receivedAt: number,
): LogoutOrder {
  const [{ issuer }] = relyingParties;
  const jti = randomUUID();
  const iat = Math.floor(receivedAt);
  const audiences = relyingParties.map(({ clientId }) => clientId);
  return {
    issuer,
    scope: 'sid',
    jti,
    claim: tokenClaimOf({
      issuer,
      signer: ['front-channel', issuer],
      jti,
      audiences,
      sub: undefined,
      sid,
      iat,
      exp: iat,
    }),
    endings: relyingParties.map((relyingParty) => endingOf(relyingParty, sid)),
    refusesReplays: false,
  };
}

/**
 * The time of the logout is our own, and those of logins are the OP's, whose clock may be ahead: the logout covers logins
 * that are dated later by as much. It costs next to nothing, since a login after the logout gets another `sid`.
 */
function endingOf(relyingParty: RelyingParty, sid: string): LogoutOrder['endings'][number] {
  const { issuer, clientId, maxSessionLifetimeSeconds, clockToleranceSeconds, sidAllowanceSeconds } = relyingParty;
  return {
    clientId,
    partition: scopePartition({ issuer, clientId, sid }),
    maxSessionLifetimeSeconds,
    allowanceSeconds: clockToleranceSeconds + sidAllowanceSeconds,
  };
}
