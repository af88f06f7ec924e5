import * as z from 'zod/mini';
import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { clockDifference } from '../clock-difference.ts';
import type { Finding } from '../finding.ts';
import { whyOf } from '../why.ts';

/** For whom a probe is made out. */
export interface ProbedClient {
  readonly issuer: string;
  readonly clientId: string;
}

/** What came of an unsigned token that was sent to a receiver. */
export type Probe =
  | { readonly failure: string }
  | {
      readonly status: number;
      /** Reason code of the receiver; undefined where the answer is none of a receiver. */
      readonly reason?: string | undefined;
      /** By how many seconds the server's clock is ahead of ours. */
      readonly offsetSeconds?: number | undefined;
    };

/** Nobody can own it (RFC 2606, section 2). */
export const NOBODY: ProbedClient = { issuer: 'https://logout-receiver.invalid', clientId: 'doctor' };

const TIMEOUT_MILLISECONDS = 15_000;
/** A receiver answers with much less. */
const MAX_BODY_BYTES = 64 * 1024;
const Answer = z.object({ error_description: z.string() });

/**
 * Sends a receiver a token that it must refuse: it is not signed, and names no `sub` and no `sid`, so that it could end
 * nothing whoever took it.
 */
export async function probe(url: string, { issuer, clientId }: ProbedClient): Promise<Probe> {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part({ iss: issuer, aud: clientId })}.`;
  const askedAt = exactEpochSeconds();
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
      // One that is followed would look like a receiver, and an OP follows none.
      redirect: 'manual',
      headers: { 'user-agent': 'logout-receiver' },
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    const offsetSeconds = clockDifference(response.headers.get('date') ?? undefined, 0, askedAt, exactEpochSeconds());
    return { status: response.status, reason: reasonIn(await startOf(response)), offsetSeconds };
  } catch (error) {
    return { failure: whyOf(error) };
  }
}

/** Reads no more than the beginning of a body without end, such as that of a server that is no receiver. */
async function startOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels what is left of the body.
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) {
      break;
    }
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** @returns undefined where the text is no answer of a receiver */
function reasonIn(text: string): string | undefined {
  try {
    const { data } = Answer.safeParse(JSON.parse(text));
    return /^([a-z_]+): /.exec(data?.error_description ?? '')?.[1];
  } catch {
    return undefined;
  }
}

const STATUSES: readonly [matches: (status: number) => boolean, text: string, advice: string][] = [
  [
    (status) => status >= 300 && status < 400,
    'redirects, and OPs do not follow',
    'register the URL that it leads to, exactly as the output BackchannelLogoutUri has it',
  ],
  [
    (status) => status === 401 || status === 403,
    'is closed to OPs',
    'no authorizer, firewall rule or bot control may stand before it: the signed token is all that an OP sends',
  ],
  [
    (status) => status === 404,
    'has no receiver there',
    'take the URL of the output BackchannelLogoutUri, with its path',
  ],
  [(status) => status === 429, 'is throttled', 'see who sends so many requests: docs/operating.md, Limits'],
  [
    (status) => status >= 500,
    'fails',
    'see the log of BackchannelLogout for its last errors, and whether the function runs',
  ],
  [
    (status) => status < 300,
    'takes a token that nobody has signed: it is no logout-receiver',
    'take it out of the OP, and register the URL of the output BackchannelLogoutUri',
  ],
];

/** @param result of the probe of nobody's token */
export function endpointFinding(url: string, result: Probe): Finding {
  const code = 'endpoint';
  if ('failure' in result) {
    return {
      code,
      level: 'problem',
      text: `${url} cannot be reached from here: ${result.failure}`,
      advice:
        'see whether the URL is that of the output BackchannelLogoutUri, and what stands between: the OP must reach it too',
    };
  }
  const { status, reason } = result;
  if (status === 400 && reason === 'issuer_unknown') {
    return { code, level: 'good', text: `${url} is reached from here, and refuses an unsigned token` };
  }
  const [
    ,
    text = 'answers what no receiver answers',
    advice = 'see whether something stands before it, or the URL is another one',
  ] = STATUSES.find(([matches]) => matches(status)) ?? [];
  return { code, level: 'problem', text: `${url} ${text} (${answerText(result)})`, advice };
}

/**
 * The judge looks at the issuer, at the client, and only then at the algorithm or the encryption: its reason tells what
 * is deployed.
 *
 * @param result of the probe with a token for the client
 */
export function clientFinding({ issuer, clientId }: ProbedClient, result: Probe): Finding {
  const code = 'endpoint_client';
  const whose = `${issuer} client ${clientId}`;
  const reason = 'reason' in result ? result.reason : undefined;
  if (reason === 'alg_not_allowed' || reason === 'token_not_encrypted') {
    return { code, level: 'good', text: `${whose}: the endpoint knows it, and refuses an unsigned token: ${reason}` };
  }
  const isUnknown = reason === 'issuer_unknown' || reason === 'audience_mismatch';
  return {
    code,
    level: 'problem',
    text: `${whose}: the endpoint ${isUnknown ? 'does not know it' : 'answers what a receiver would not'}: ${answerText(result)}`,
    advice: isUnknown
      ? 'deploy this relying parties file, or see whether the URL is that of another deployment'
      : 'look again: with the same answer, see the log of BackchannelLogout',
  };
}

function answerText(result: Probe): string {
  return 'failure' in result ? result.failure : [result.status, result.reason].filter(Boolean).join(' ');
}
