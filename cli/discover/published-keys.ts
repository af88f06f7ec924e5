import { createLocalJWKSet } from 'jose';
import * as z from 'zod/mini';
import { type Jwks, jwksFrom } from '../../receiver/jwks/jwks.ts';
import { keysIn } from '../../receiver/jwks/key-set.ts';
import { ASYMMETRIC_ALGORITHMS } from '../../receiver/relying-parties/signature-algorithms.ts';

type AsymmetricAlgorithm = (typeof ASYMMETRIC_ALGORITHMS)[number];

/** A key as an OP publishes it. */
export interface PublishedKey {
  /** Of the list, from 1. */
  readonly position: number;
  readonly kid: string | undefined;
  readonly kty: string | undefined;
  readonly use: string | undefined;
  readonly alg: string | undefined;
  /** Bits of an RSA modulus, or the name of a curve. */
  readonly size: number | string | undefined;
  /** What the receiver verifies with it. */
  readonly verifies: readonly AsymmetricAlgorithm[];
  /** Whether the receiver leaves it out: of a type that it does not know, or with broken members. */
  readonly isSkipped: boolean;
  /** Members that are nobody's business (RFC 7518, sections 6.2.2, 6.3.2 and 6.4). */
  readonly secretMembers: readonly string[];
}

/** The least that the algorithms allow (RFC 7518, section 3.3). */
export const LEAST_RSA_BITS = 2048;
/** The receiver reads no more. */
const MAX_KEYS = 100;
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const KeysDocument = z.object({ keys: z.array(z.unknown()) });
const JsonObject = z.record(z.string(), z.unknown());

/**
 * Looks at the keys of a JWKS the way that the receiver does.
 *
 * @returns undefined where it is none
 */
export async function publishedKeys(
  document: unknown,
): Promise<{ readonly keys: readonly PublishedKey[]; readonly cutOff: number } | undefined> {
  const { success, data } = KeysDocument.safeParse(document);
  if (!success) {
    return undefined;
  }
  const keys = await Promise.all(data.keys.slice(0, MAX_KEYS).map((key, index) => publishedKey(key, index + 1)));
  return { keys, cutOff: Math.max(0, data.keys.length - MAX_KEYS) };
}

async function publishedKey(published: unknown, position: number): Promise<PublishedKey> {
  const { success, data } = JsonObject.safeParse(published);
  const members = success ? data : {};
  const [usable] = jwksFrom({ keys: [published] }).jwks.keys;
  const size = members.kty === 'RSA' ? rsaBits(members.n) : textOf(members.crv);
  const isTooShort = typeof size === 'number' && size < LEAST_RSA_BITS;
  return {
    position,
    kid: typeof members.kid === 'number' ? String(members.kid) : textOf(members.kid),
    kty: textOf(members.kty),
    use: textOf(members.use),
    alg: textOf(members.alg),
    size,
    verifies: usable && !isTooShort ? await verifiedBy(usable) : [],
    isSkipped: !usable,
    secretMembers: SECRET_MEMBERS.filter((name) => members[name] !== undefined && members[name] !== null),
  };
}

/** By the receiver's own choice of keys. */
async function verifiedBy(key: Jwks['keys'][number]): Promise<AsymmetricAlgorithm[]> {
  const find = createLocalJWKSet({ keys: [key] });
  const found = await Promise.all(ASYMMETRIC_ALGORITHMS.map((algorithm) => keysIn({ find }, algorithm, key.kid)));
  return ASYMMETRIC_ALGORITHMS.filter((_, index) => 'keys' in (found[index] ?? {}));
}

function rsaBits(modulus: unknown): number | undefined {
  const hex = typeof modulus === 'string' ? Buffer.from(modulus, 'base64url').toString('hex') : '';
  return hex === '' ? undefined : BigInt(`0x${hex}`).toString(2).length;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
