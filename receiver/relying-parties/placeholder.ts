/** `{tenantid}`, `${TENANT}`, `{{tenant}}`, `$(tenant)`, `<tenant>`. A GUID in braces is a value, which a client id may be. */
const PLACEHOLDERS = /\$?\{+(?![\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\})[^{}]*\}+|<[^<>]*>|\$\([^()]*\)/i;

/**
 * Finds what somebody was meant to replace.
 *
 * @returns the placeholder, not percent-encoded
 */
export function placeholderIn(text: string): string | undefined {
  return PLACEHOLDERS.exec(decoded(text))?.[0];
}

/** In URLs, copying can leave them percent-encoded. */
function decoded(text: string): string {
  return text
    .replaceAll('%24', '$')
    .replaceAll(/%7b/gi, '{')
    .replaceAll(/%7d/gi, '}')
    .replaceAll(/%3c/gi, '<')
    .replaceAll(/%3e/gi, '>');
}
