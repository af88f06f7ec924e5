import { describeReason, type Reason } from '../../receiver/logout/reasons.ts';

/** An answer in a form that API Gateway takes from a function of an HTTP API, payload format 2.0, and of a REST API. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Back-Channel Logout 1.0, section 2.8, on success and failure alike. */
const NO_STORE = { 'cache-control': 'no-store' };
const RETRY_AFTER_SECONDS = 30;

/** 200 and never 204, which several OPs and the certification suite count as failure. */
export const LOGGED_OUT: HttpAnswer = { statusCode: 200, headers: NO_STORE, body: '' };

/** The request is invalid: 400, or 405 where it is no POST. */
export function rejected(reason: Reason): HttpAnswer {
  return reason === 'method_not_allowed'
    ? problem(405, 'invalid_request', reason, { allow: 'POST' })
    : problem(400, 'invalid_request', reason);
}

/**
 * The logout could not be completed, and is kept: what section 2.8 has for a logout that failed. Never success, since
 * sessions may still be alive; and final, since the OP need not send it again.
 */
export const DEFERRED: HttpAnswer = problem(400, 'temporarily_unavailable', 'deferred');

/**
 * The logout failed, and it is not the request's fault.
 *
 * 503, where section 2.8 knows only 400: it is kept nowhere, OPs that send again do so on 5xx, and take 400 as final.
 */
export function failed(reason: Reason): HttpAnswer {
  return problem(503, 'temporarily_unavailable', reason, { 'retry-after': String(RETRY_AFTER_SECONDS) });
}

function problem(statusCode: number, error: string, reason: Reason, headers?: Record<string, string>): HttpAnswer {
  return {
    statusCode,
    headers: { ...NO_STORE, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ error, error_description: describeReason(reason) }),
  };
}
