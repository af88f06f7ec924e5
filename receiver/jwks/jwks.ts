import { IssuerError } from './issuer-error.ts';
import { publishedUse } from './published-use.ts';

/** Keys read of one document; the rest is cut off, or a long list would cost its readers dear. */
const MAX_KEYS = 100;

/** Members that are texts, where a key has them. Private and symmetric ones are never kept. */
const TEXT_MEMBERS = ['use', 'alg', 'n', 'e', 'crv', 'x', 'y'] as const;
/** Of the asymmetric JWS algorithms. */
const KEY_TYPES = ['RSA', 'EC', 'OKP'] as const;

/** Public members of a key. */
interface PublicJwk extends Partial<Record<(typeof TEXT_MEMBERS)[number], string>> {
  kty: (typeof KEY_TYPES)[number];
  kid?: string;
  key_ops?: string[];
}

/** The usable public keys of an issuer (RFC 7517, section 5). */
export interface Jwks {
  readonly keys: PublicJwk[];
}

/**
 * Reads a JWKS, key by key: one that is broken or of a type not known does not spoil the others (RFC 7517, section 5),
 * and one that is published twice counts once.
 *
 * @returns the keys, and how many were left out because they cannot be used or are too many
 * @throws IssuerError where it is no JWKS at all
 */
export function jwksFrom(document: unknown): { readonly jwks: Jwks; readonly skippedKeys: number } {
  const published = membersOf(document)?.keys;
  if (!Array.isArray(published)) {
    throw new IssuerError('not_jwks', 'the document is no JWKS');
  }
  const keys = new Map<string, Jwks['keys'][number]>();
  let skippedKeys = Math.max(0, published.length - MAX_KEYS);
  for (const key of published.slice(0, MAX_KEYS)) {
    const usable = publicJwkFrom(key);
    if (usable) {
      keys.set(JSON.stringify(usable), usable);
    } else {
      skippedKeys++;
    }
  }
  return { jwks: { keys: [...keys.values()] }, skippedKeys };
}

/** @returns undefined where it is of a type not known, or has a member of another kind */
function publicJwkFrom(published: unknown): PublicJwk | undefined {
  const members = withoutNothing(membersOf(published) ?? {});
  const kty = KEY_TYPES.find((type) => type === members.kty);
  const kid = keyIdIn(members);
  const operations = operationsIn(members);
  const texts = TEXT_MEMBERS.filter((name) => members[name] !== undefined).map(
    (name) => [name, members[name]] as const,
  );
  if (!kty || kid === null || operations === null || !texts.every(isText)) {
    return undefined;
  }
  return publishedUse({
    kty,
    ...(kid !== undefined && { kid }),
    ...Object.fromEntries(texts),
    ...(operations && { key_ops: operations }),
  });
}

function isText(entry: readonly [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

/** A `kid` only names a key, so that one written as a number names the same. Null: it is of another kind. */
function keyIdIn({ kid }: Members): string | undefined | null {
  if (kid === undefined || typeof kid === 'string') {
    return kid;
  }
  return Number.isSafeInteger(kid) ? String(kid) : null;
}

/** An array by RFC 7517, section 4.3; some write the one operation alone. Null: it is of another kind. */
function operationsIn({ key_ops: operations }: Members): string[] | undefined | null {
  if (operations === undefined) {
    return undefined;
  }
  const list: unknown[] = Array.isArray(operations) ? operations : [operations];
  return list.every((operation) => typeof operation === 'string') ? list : null;
}

/**
 * Serializers that know no absent members write null, an empty text or an empty list: for a JWK all mean that it has none.
 * But an empty `kid` is a name, which a token can have too.
 */
function withoutNothing(key: Members): Members {
  return Object.fromEntries(
    Object.entries(key).filter(([name, value]) => (name === 'kid' ? value !== null : !isNothing(value))),
  );
}

function isNothing(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

type Members = Readonly<Record<string, unknown>>;

/** @returns undefined where it is no object */
function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
