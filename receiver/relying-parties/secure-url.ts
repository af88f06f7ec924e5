/** Whether a text is an https: URL without credentials and fragment, or an http: one on loopback, for the local run. */
export function isSecureUrl(text: string): boolean {
  // What the URL parser mends (blanks, backslashes, tabs) is no URL that somebody meant to write.
  if (!URL.canParse(text) || /[\s\p{Cc}#\\]/u.test(text)) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(text);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback));
}
