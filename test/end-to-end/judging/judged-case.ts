import type { CryptoKey } from 'jose';
import { REASONS, type Reason } from '../../../receiver/logout/reasons.ts';
import { type JoseHeader, signedToken } from '../../issuer.ts';
import { type Answer, send } from '../../local/loopback/http-client.ts';
import { type Claims, validClaims } from '../../logout-token.ts';
import type { Deployment } from './deployment.ts';
import type { Parties } from './parties.ts';

export const FORM = 'application/x-www-form-urlencoded';

export interface HttpMessage {
  readonly method: string;
  /** Names and values, alternating. */
  readonly headers: readonly string[];
  readonly body: string | Buffer | readonly (string | Buffer)[];
  readonly query?: string;
}

/** A logout request, and how it is to be judged. What is left out is as it should be. */
export interface JudgedCase {
  readonly name: string;
  /** Why it is refused. Without one it is accepted, and the session that it names ends. */
  readonly reason?: Reason;
  /** @default - shop */
  readonly client?: string;
  readonly claims?: (claims: Claims, parties: Parties) => object | string;
  readonly header?: JoseHeader | ((parties: Parties) => JoseHeader);
  /** What it is signed with in place of the issuer's key. */
  readonly key?: (parties: Parties) => CryptoKey | Uint8Array | Promise<CryptoKey | Uint8Array>;
  /** What becomes of the signed token before it is sent. */
  readonly token?: (token: string, parties: Parties) => string | Promise<string>;
  readonly request?: (token: string) => HttpMessage;
}

export const accepted = (name: string, given: Omit<JudgedCase, 'name' | 'reason'> = {}): JudgedCase => ({
  name,
  ...given,
});

export const refused = (reason: Reason, name: string, given: Omit<JudgedCase, 'name' | 'reason'> = {}): JudgedCase => ({
  name,
  reason,
  ...given,
});

export function formPost(body: string | Buffer, contentType = FORM): HttpMessage {
  return {
    method: 'POST',
    headers: ['Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body))],
    body,
  };
}

export const postOf = (token: string) => formPost(new URLSearchParams({ logout_token: token }).toString());

export async function deliver({ receiver }: Deployment, message: HttpMessage): Promise<Answer> {
  const { port, pathname } = new URL(receiver.endpoint);
  return await send(Number(port), message.method, pathname + (message.query ?? ''), message.headers, message.body);
}

/** The request of a case, whose token names what is given. */
export async function messageOf(given: JudgedCase, named: Claims, parties: Parties): Promise<HttpMessage> {
  const valid = validClaims(parties.op.issuer, given.client ?? 'shop', named);
  const claims = given.claims?.(valid, parties) ?? valid;
  const header = typeof given.header === 'function' ? given.header(parties) : (given.header ?? {});
  const token = given.key
    ? await signedToken(claims, { alg: 'RS256', ...header }, await given.key(parties))
    : await parties.op.sign(claims, header);
  return (given.request ?? postOf)((await given.token?.(token, parties)) ?? token);
}

/** Sends the request of a case, which names a live session, and tells what came of it. */
export async function judge(given: JudgedCase, deployment: Deployment) {
  const { isAlive } = deployment;
  const { client: clientId = 'shop' } = given;
  const { sub, sid, id: session } = await deployment.sessionAt(clientId);
  const bystander = await deployment.bystanderOf(clientId);
  const sent = await messageOf(given, { sub, sid }, deployment);
  const answer = await deliver(deployment, sent);
  return { answer, isSessionAlive: await isAlive(session), isBystanderAlive: await isAlive(bystander) };
}

/** The answer that a verdict must have, to the letter (Back-Channel Logout 1.0, section 2.8). */
export function expectedAnswer(reason: Reason | undefined) {
  if (!reason) {
    return { status: 200, contentType: undefined, allow: undefined, body: '' };
  }
  const status = reason === 'method_not_allowed' ? 405 : 400;
  return {
    status,
    contentType: 'application/json',
    allow: status === 405 ? 'POST' : undefined,
    body: JSON.stringify({
      error: reason === 'deferred' ? 'temporarily_unavailable' : 'invalid_request',
      error_description: `${reason}: ${REASONS[reason]}`,
    }),
  };
}

/** What of an answer is compared. */
export function shown({ status, headers, body }: Answer) {
  return {
    status,
    contentType: headers['content-type'],
    allow: headers.allow,
    body,
  };
}
