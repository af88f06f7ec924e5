/** Whether a text is an https: URL without credentials and fragment, or an http: one on loopback, for the local run. */
export function isSecureUrl(text: string): boolean {
  if (!URL.canParse(text) || text.includes('#')) {
    return false;
  }
  const { protocol, hostname, username, password } = new URL(text);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback));
}
