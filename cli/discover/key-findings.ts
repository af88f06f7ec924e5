import type { Finding } from '../finding.ts';
import { printable } from '../printable.ts';
import { LEAST_RSA_BITS, type PublishedKey } from './published-keys.ts';

/** What is wrong with the keys that an OP publishes, or worth knowing. */
export function keyFindings(keys: readonly PublishedKey[], cutOff: number): Finding[] {
  const signing = keys.filter(({ verifies }) => verifies.length > 0);
  return [
    ...keys.flatMap(findingsOfKey),
    ...duplicates(signing),
    ...(signing.length > 1 && signing.some(({ kid }) => kid === undefined) ? [KID_MISSING] : []),
    ...(cutOff > 0 ? [cut(cutOff)] : []),
    signing.length === 0 ? NO_SIGNING_KEY : usable(signing.length),
  ];
}

/** What a key is called in a sentence. */
function nameOf({ kid, position }: PublishedKey): string {
  return kid === undefined ? `key ${position} (without kid)` : `key ${printable(JSON.stringify(kid), 80)}`;
}

function findingsOfKey(key: PublishedKey): Finding[] {
  return [secretFinding(key), useFinding(key)].filter((finding) => finding !== undefined);
}

function secretFinding(key: PublishedKey): Finding | undefined {
  if (key.secretMembers.length === 0) {
    return undefined;
  }
  const isSymmetric = key.kty === 'oct' || key.secretMembers.includes('k');
  return {
    code: isSymmetric ? 'symmetric_key_published' : 'private_key_published',
    level: 'problem',
    text: `${nameOf(key)}: the OP publishes ${isSymmetric ? 'a secret' : 'the private key'} (${key.secretMembers.join(', ')}). Whoever reads it can sign tokens with it.`,
    advice: 'Tell the operator of the OP at once: the key must be replaced. Until then, trust no token of this OP.',
  };
}

function useFinding(key: PublishedKey): Finding | undefined {
  if (typeof key.size === 'number' && key.size < LEAST_RSA_BITS) {
    return {
      code: 'key_too_short',
      level: 'problem',
      text: `${nameOf(key)}: RSA of ${key.size} bits. The receiver verifies nothing with less than ${LEAST_RSA_BITS} (RFC 7518, section 3.3).`,
      advice: 'Have the OP sign with a longer key.',
    };
  }
  if (key.isSkipped && key.secretMembers.length === 0) {
    return note('key_skipped', `${nameOf(key)}: the receiver leaves it out: its type is ${typeOf(key)}.`);
  }
  if (key.verifies.length === 0 && !key.isSkipped && key.use !== 'enc') {
    return note('key_unusable', `${nameOf(key)}: the receiver verifies no algorithm with it.`);
  }
  if (key.verifies.length > 1 && key.alg === undefined) {
    return note(
      'alg_missing',
      `${nameOf(key)} names no alg, and is good for ${key.verifies.join(', ')}: "algorithms" of the entry decides.`,
    );
  }
  return undefined;
}

function typeOf({ kty }: PublishedKey): string {
  const isKnown = kty !== undefined && ['RSA', 'EC', 'OKP'].includes(kty);
  return isKnown ? `${kty}, but members of it are broken` : kty === undefined ? 'not said' : printable(kty, 40);
}

function duplicates(signing: readonly PublishedKey[]): Finding[] {
  const kids = signing.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  const twice = new Set(kids.filter((kid, index) => kids.indexOf(kid) !== index));
  return [...twice].map((kid) => ({
    code: 'kid_duplicate',
    level: 'note',
    text: `The kid ${printable(JSON.stringify(kid), 80)} names several keys. The receiver tries up to four of them.`,
    advice: 'Have the OP name each key once (RFC 7517, section 4.5).',
  }));
}

const KID_MISSING = note(
  'kid_missing',
  'Several keys, and not all have a kid: a token without kid is refused where more than one key fits its algorithm.',
);

const NO_SIGNING_KEY: Finding = {
  code: 'no_signing_key',
  level: 'problem',
  text: 'No key verifies signatures: a logout token that is signed with a key would be refused or deferred.',
  advice: 'Have the OP sign with an RSA key of 2048 bits or more, or one for ES256, ES384, ES512 or Ed25519.',
};

function usable(count: number): Finding {
  return {
    code: 'signing_keys',
    level: 'good',
    text: count === 1 ? 'One key verifies signatures.' : `${count} keys verify signatures.`,
  };
}

function cut(count: number): Finding {
  return note('keys_cut_off', `The receiver reads no more than 100 keys: the last ${count} are left out.`);
}

function note(code: string, text: string): Finding {
  return { code, level: 'note', text };
}
