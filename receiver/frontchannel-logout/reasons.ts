/**
 * Why a front-channel logout request ends nothing, or not yet: stable codes, in log lines and in metrics. They never stand
 * in the answer, which is the same whatever becomes of the request.
 */
export const FRONTCHANNEL_REASONS = {
  iss_missing: 'the query has no iss parameter',
  iss_repeated: 'the query has more than one iss parameter',
  sid_missing: 'the query has no sid parameter',
  sid_repeated: 'the query has more than one sid parameter',
  sid_too_short: 'the sid parameter is too short to be hard to guess',
  sid_too_long: 'the sid parameter is longer than a sid claim may be',
  issuer_unknown: 'no relying party of the iss parameter has front-channel logout turned on',
  address_limit: 'the address of the browser has sent as many requests as it may within a minute',
} as const;

/** Stable reason code. */
export type FrontchannelReason = keyof typeof FRONTCHANNEL_REASONS;
