/** RFC 2606, sections 2 and 3: names that nobody can own. `.test` and `.localhost` are for tests, which deploy too. */
const EXAMPLES = /(^|\.)(example|invalid|example\.(com|net|org))\.?$/;

/** Whether an issuer is no OP, but stands in an example. */
export function isExample(issuer: string): boolean {
  return EXAMPLES.test(new URL(issuer).hostname);
}
