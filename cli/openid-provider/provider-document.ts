import * as z from 'zod/mini';
import { discoveryUrlOf, jwksUriIn } from '../../receiver/jwks/discovery.ts';
import { fetchJson, type JsonResponse } from '../../receiver/jwks/fetch-json.ts';
import { fetchTimeOf } from '../../receiver/jwks/fetch-time.ts';
import { IssuerError } from '../../receiver/jwks/issuer-error.ts';
import { placeholderIn } from '../../receiver/relying-parties/placeholder.ts';
import { isIssuer } from '../../receiver/relying-parties/relying-party-input.ts';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { FailedError } from '../command-error.ts';
import type { Finding } from '../finding.ts';
import { printable } from '../printable.ts';
import { fetchProblem } from './fetch-problem.ts';
import { type ProviderMetadata, providerMetadata } from './provider-metadata.ts';

/** What came from an address of the OP, and when. */
export interface Fetched {
  readonly url: string;
  readonly response: JsonResponse;
  /** Epoch seconds: when it was asked for, and when it came. */
  readonly askedAt: number;
  readonly receivedAt: number;
}

/** A discovery document as the receiver takes it, or does not. */
export interface ProviderDocument {
  readonly url: string;
  /** Undefined where no JSON object came. */
  readonly read?: { readonly fetched: Fetched; readonly metadata: ProviderMetadata } | undefined;
  /** Where the receiver fetches the keys. Undefined where it does not take the document. */
  readonly jwksUri?: string | undefined;
  /** Why it does not, and what else is wrong with the document. */
  readonly findings: readonly Finding[];
}

/**
 * Fetches an OP's discovery document as the receiver does: by the same client, under the same rules.
 *
 * @throws FailedError where nothing answers
 */
export async function fetchProviderDocument(issuer: string, allowPrivateAddresses: boolean): Promise<ProviderDocument> {
  const url = discoveryUrlOf(issuer);
  const { fetched, finding, isUnreachable } = await fetchedOrFinding(url, allowPrivateAddresses);
  if (!fetched) {
    if (isUnreachable) {
      throw new FailedError(`${finding.text}\n${finding.advice ?? ''}`);
    }
    return { url, findings: [finding] };
  }
  const { json } = fetched.response;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return {
      url,
      findings: [problem('not_an_object', `${printable(url)} answered JSON that is no object`, CHECK_ADDRESS)],
    };
  }
  const { metadata, malformed } = providerMetadata(json);
  const read = { fetched, metadata };
  const findings = malformed.map((name) => malformedField(name));
  try {
    return { url, read, jwksUri: jwksUriIn(json, issuer), findings };
  } catch (error) {
    return { url, read, findings: [refusal(error, issuer, metadata), ...findings] };
  }
}

/**
 * Fetches a JSON document of an OP as the receiver does.
 *
 * @returns it, or why the receiver does not take it, and whether nothing answers
 */
export async function fetchedOrFinding(
  url: string,
  allowPrivateAddresses: boolean,
): Promise<
  | { fetched: Fetched; finding?: never; isUnreachable?: never }
  | { fetched?: never; finding: Finding; isUnreachable: boolean }
> {
  const askedAt = exactEpochSeconds();
  try {
    const response = await fetchJson(url, { ...fetchTimeOf('background'), allowPrivateAddresses });
    return { fetched: { url, response, askedAt, receivedAt: exactEpochSeconds() } };
  } catch (error) {
    const { code, text, advice, isUnreachable } = fetchProblem(error, url);
    return { finding: problem(code, text, advice), isUnreachable };
  }
}

const CHECK_ADDRESS = 'Look at the address in a browser: is it the issuer that stands in the tokens?';

/** Why the receiver does not take the document. */
function refusal(error: unknown, issuer: string, metadata: ProviderMetadata): Finding {
  if (error instanceof z.core.$ZodError) {
    const names = ['issuer', 'jwks_uri'].filter((name) => error.issues.some(({ path }) => path[0] === name));
    return problem('metadata_missing', `The document has no ${names.join(' and no ')} that is a text.`, CHECK_ADDRESS);
  }
  if (!(error instanceof IssuerError)) {
    throw error;
  }
  if (error.code === 'issuer_mismatch') {
    return mismatch(issuer, metadata.issuer ?? '');
  }
  const { code, text, advice } = fetchProblem(error, '');
  return problem(code, `${text}: ${printable(metadata.jwks_uri ?? '')}`, advice);
}

/** OpenID Connect Discovery 1.0, section 4.3: the issuer of the document is exactly the one that was asked for. */
function mismatch(issuer: string, named: string): Finding {
  const isSlash = named.replace(/\/$/, '') === issuer.replace(/\/$/, '');
  const difference = isSlash ? `, ${named.endsWith('/') ? 'with' : 'without'} a slash at its end` : '';
  return problem(
    'issuer_mismatch',
    `The document names another issuer: ${printable(named)}${difference}. The receiver uses it for that issuer alone.`,
    mismatchAdvice(named),
  );
}

function mismatchAdvice(named: string): string {
  const placeholder = placeholderIn(named);
  if (placeholder !== undefined) {
    return `Put the value in the place of ${printable(placeholder)}: tokens come under the issuer of one tenant.`;
  }
  // Only what a shell takes as it is: somebody may copy it.
  return isIssuer(named) && /^[\w.:/@~%+-]+$/.test(named)
    ? `Type ${printable(named)}, and write it so into the relying parties file: tokens come under exactly this name.`
    : 'That is no name of an issuer. Tell the operator of the OP.';
}

function malformedField(name: string): Finding {
  return {
    code: 'metadata_malformed',
    level: 'note',
    text: `${name} is of another type than the specification says, and counts as missing.`,
    advice: 'Tell the operator of the OP.',
  };
}

function problem(code: string, text: string, advice: string): Finding {
  return { code, level: 'problem', text, advice };
}
