/** A query of CloudWatch Logs Insights that operators find in the console. */
export interface SavedQuery {
  /** In the construct's tree. */
  readonly id: string;
  /** What it answers. */
  readonly name: string;
  /** Of whose log it is about. */
  readonly log: 'functions' | 'api';
  readonly text: string;
}

/**
 * The questions that operators have at 3 am. Fields of lists have numbers: `clientIds.0` is the first client.
 *
 * What a token claims before it is verified is under `unverified`: nothing of it is proven.
 */
export const SAVED_QUERIES: readonly SavedQuery[] = [
  {
    id: 'RefusedQuery',
    name: 'why was this token refused',
    log: 'functions',
    text: `# Choose the time. To narrow it down, take away the # before a filter, and put in your value.
filter message like /logout_rejected$/
# | filter coalesce(issuer, unverified.iss) = "https://op.example.com"
# | filter coalesce(clientIds.0, unverified.aud, unverified.aud.0) = "shop"
# | filter reason = "signature_invalid"
| fields @timestamp, reason, coalesce(issuer, unverified.iss) as claimedIssuer, coalesce(clientIds.0, unverified.aud, unverified.aud.0) as claimedClient, unverified.alg, unverified.kid, unverified.typ, jti, message, function_request_id
| sort @timestamp desc
| limit 200`,
  },
  {
    id: 'JtiQuery',
    name: 'what became of this jti',
    log: 'functions',
    text: `# Put the jti in. Lines before its token was verified have none: see "why was this token refused".
filter jti = "PUT-THE-JTI-HERE"
| fields @timestamp, message, reason, issuer, clientIds.0, clientIds.1, scope, isReplay, sessionsEnded, sessionsLeftByReplay, secondsLate, receiveCount, error, function_request_id
| sort @timestamp asc
| limit 200`,
  },
  {
    id: 'DeferredQuery',
    name: 'which logouts were deferred, and why',
    log: 'functions',
    text: `filter message like /deferred/ or message = "interrupted_logout_failed"
| fields @timestamp, message, reason, isVerified, receiveCount, secondsLate, coalesce(issuer, unverified.iss) as claimedIssuer, jti, error, cause.error, cause.cause.error
| sort @timestamp desc
| limit 200`,
  },
  {
    id: 'LostQuery',
    name: 'which logouts were lost',
    log: 'functions',
    text: `# Each of these may be a user who is still signed in.
filter level = "ERROR" or @message like /Task timed out/
| fields @timestamp, message, reason, coalesce(issuer, unverified.iss) as claimedIssuer, coalesce(clientIds.0, unverified.aud, unverified.aud.0) as claimedClient, jti, error, cause.error, cause.cause.error, function_request_id
| sort @timestamp desc
| limit 200`,
  },
  {
    id: 'ErrorQuery',
    name: 'what failed that nobody foresaw',
    log: 'functions',
    text: `filter ispresent(stack) or ispresent(cause.stack)
| fields @timestamp, level, message, reason, error, cause.error, stack, cause.stack, function_request_id, @logStream
| sort @timestamp desc
| limit 100`,
  },
  {
    id: 'IssuerQuery',
    name: 'which issuers cannot be reached',
    log: 'functions',
    text: `filter message in ["jwks_fetch_failed", "jwks_cache_failed", "jwks_fetch_unguarded"]
| stats count(*) as times, latest(@timestamp) as last by issuer, message, error, cause.error
| sort times desc
| limit 100`,
  },
  {
    id: 'ApiQuery',
    name: 'what the API answered, and to whom',
    log: 'api',
    text: `# 429 was throttled, 5xx has failed. Addresses with many 400 send forged or misconfigured tokens.
stats count(*) as requests, max(responseLatency) as slowest by status, routeKey, sourceIp, userAgent
| sort requests desc
| limit 100`,
  },
];
