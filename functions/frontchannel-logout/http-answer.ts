/**
 * The one answer to all requests, in a form that API Gateway takes from a function of an HTTP API, payload format 2.0, and
 * of a REST API.
 *
 * It says nothing: whether an issuer is configured, whether a `sid` had sessions, or whether they have ended is nobody's
 * business who has no signature to show.
 */
export const ANSWER = {
  statusCode: 200,
  headers: {
    // Front-Channel Logout 1.0, section 2: a cached answer would keep the next logout from arriving.
    'cache-control': 'no-store',
    // Any page may frame it. A browser judges this when the request has been carried out, so a list of OPs would keep no
    // logout out; it would tell everybody whose clients these are, and miss the other hosts that OPs log out at.
    'content-security-policy': "default-src 'none'; frame-ancestors *",
    'content-type': 'text/html; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  },
  body: '<!doctype html><html lang="en"><title>Logout</title></html>',
} as const;
