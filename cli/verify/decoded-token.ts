import type { DecryptionKeySource } from '../../receiver/logout/decryption-keys.ts';
import { type JsonObject, jsonObjectFrom } from '../../receiver/logout/json-object.ts';
import { decryptedToken } from '../../receiver/logout/token-decryption.ts';
import type { RelyingPartiesIndex } from '../../receiver/relying-parties/relying-parties-index.ts';
import { isJwe } from './judgement.ts';

/** What a token says, to be looked at: whether it is true, or allowed, is the judge's business. */
export interface DecodedToken {
  /** Of the JWE, where it is one. */
  readonly encryption: JsonObject | undefined;
  readonly header: JsonObject | undefined;
  readonly claims: JsonObject | undefined;
}

const MAX_CHARACTERS = 300;
const MAX_MEMBERS = 40;
const MAX_LEVELS = 5;

/** Decodes what can be decoded, and of a JWE what the decryption keys open. Long values are cut. */
export async function decodedToken(
  token: string,
  relyingParties: RelyingPartiesIndex,
  decryptionKeys: DecryptionKeySource,
): Promise<DecodedToken> {
  // Why it cannot be opened, the judge says.
  const opened = isJwe(token)
    ? await decryptedToken(token, relyingParties, decryptionKeys).then(
        (decrypted) => decrypted.token,
        () => undefined,
      )
    : token;
  const [header, payload] = opened?.split('.', 2) ?? [];
  return {
    encryption: isJwe(token) ? shownObject(token.split('.', 1)[0]) : undefined,
    header: shownObject(header),
    claims: shownObject(payload),
  };
}

function shownObject(part = ''): JsonObject | undefined {
  const object = jsonObjectFrom(part);
  return object && boundedObject(object, MAX_LEVELS);
}

function boundedObject(object: object, levels: number): JsonObject {
  const members = Object.entries(object);
  const shown = members
    .slice(0, MAX_MEMBERS)
    .map(([name, value]) => [boundedText(name), boundedValue(value, levels - 1)]);
  return { ...Object.fromEntries(shown), ...(members.length > MAX_MEMBERS && { '...': more(members) }) };
}

function boundedValue(value: unknown, levels: number): unknown {
  if (typeof value === 'string') {
    return boundedText(value);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (levels === 0) {
    return Array.isArray(value) ? '(a list)' : '(an object)';
  }
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_MEMBERS).map((member) => boundedValue(member, levels - 1));
    return value.length > MAX_MEMBERS ? [...shown, more(value)] : shown;
  }
  return boundedObject(value, levels);
}

function boundedText(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}... (${text.length} characters)` : text;
}

function more({ length }: readonly unknown[]): string {
  return `(${length - MAX_MEMBERS} more)`;
}
