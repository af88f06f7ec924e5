/**
 * Whether a text is an https: URL without credentials and fragment, or an http: one on loopback, for development. The
 * receiver holds the addresses of its configuration to it, and applications those of the OP.
 */
export function isSecureUrl(text: unknown): text is string {
  // What the URL parser mends (blanks, backslashes, tabs) is no URL that somebody meant to write.
  if (typeof text !== 'string' || !URL.canParse(text) || /[\s\p{Cc}#\\]/u.test(text)) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(text);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback));
}

export function isHttp(url: string): boolean {
  return new URL(url).protocol === 'http:';
}
