import { ownMember } from '../../receiver/logout/json-object.ts';
import type { Reason } from '../../receiver/logout/reasons.ts';
import { issuersOf, type RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { isoTime } from '../moment.ts';
import { printable, printableJson } from '../printable.ts';
import type { DecodedToken } from './decoded-token.ts';
import type { KeysFound } from './keys-of-verdict.ts';

/** What a refused token is compared with. */
export interface Compared extends DecodedToken {
  readonly token: string | undefined;
  readonly relyingParties: readonly RelyingParty[];
  readonly keys: readonly KeysFound[];
}

const MAX_LISTED = 10;

const HINTS: Readonly<Partial<Record<Reason, (compared: Compared) => string>>> = {
  token_malformed: ({ token }) =>
    token !== undefined && /\s/.test(token) ? 'There is white space in it: was a line broken when it was copied?' : '',
  issuer_unknown: ({ claims = {}, relyingParties }) => {
    const issuers = [...new Set(relyingParties.flatMap(issuersOf))];
    const iss = ownMember(claims, 'iss');
    const isSlash = issuers.some((issuer) => iss === `${issuer}/` || issuer === `${iss}/`);
    return `The relying parties file has ${listed(issuers)}.${isSlash ? ' They differ by the slash at the end.' : ''}`;
  },
  audience_mismatch: (compared) =>
    `Of this issuer, the relying parties file has ${listed(clientsOfIssuer(compared).map(({ clientId }) => clientId))}.`,
  alg_not_allowed: (compared) =>
    `The relying parties file allows ${listed([...new Set(clientsOfIssuer(compared).flatMap(({ algorithms }) => algorithms))])}.`,
  token_expired: laterRules,
  token_too_old: laterRules,
  key_not_found: publishedKeys,
  key_ambiguous: publishedKeys,
  key_unusable: publishedKeys,
  signature_invalid: publishedKeys,
};

/**
 * What helps to find the cause of a refusal: mostly what the token's value was compared with.
 *
 * @returns undefined where nothing does but the reason itself
 */
export function hintFor(reason: Reason | undefined, compared: Compared): string | undefined {
  return (reason && HINTS[reason]?.(compared)) || undefined;
}

/** Most tokens that somebody looks at have expired. */
function laterRules({ claims = {} }: Compared): string {
  const iat = ownMember(claims, 'iat');
  const time = typeof iat === 'number' ? isoTime(iat) : undefined;
  return time === undefined ? '' : `To judge the rules after this one, as of when the token was made: --at ${time}`;
}

function clientsOfIssuer({ claims = {}, relyingParties }: Compared): readonly RelyingParty[] {
  const iss = ownMember(claims, 'iss');
  return relyingParties.filter((relyingParty) => issuersOf(relyingParty).some((issuer) => issuer === iss));
}

/** None where the client secret is the key. */
function publishedKeys({ keys }: Compared): string {
  return keys
    .map(({ source, jwks }) => {
      const names = jwks.keys.map(({ kid, alg, kty }) => `${kid ?? '(no kid)'} (${alg ?? kty})`);
      return `${printable(source)} has the usable keys ${listed(names)}.`;
    })
    .join(' ');
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
  return (
    names
      .slice(0, MAX_LISTED)
      .map((name) => printableJson(name))
      .join(', ') + more
  );
}
