import { bodyTextOf, checkedResponse } from '../../receiver/jwks/checked-request.ts';
import { fetchTimeOf } from '../../receiver/jwks/fetch-time.ts';
import { FailedError } from '../command-error.ts';
import { fetchProblem } from '../openid-provider/fetch-problem.ts';
import { printable } from '../printable.ts';
import type { ClientMetadata } from './client-metadata.ts';
import { refusalText } from './refusal.ts';
import { type Answer, objectIn, type RegistrationRequest } from './registration-request.ts';

/** What is not known when a request breaks off. */
const UNKNOWN_OUTCOME = 'Whether the OP has done it is not known: look there before you try again.';

/**
 * Sends a registration request. It goes where it is meant to go and nowhere else: redirects are not followed.
 *
 * @returns the client information response (RFC 7591, section 3.2.1)
 * @throws FailedError saying what the OP refuses, or that it cannot be reached
 */
export async function clientInformation(
  request: RegistrationRequest,
  allowPrivateAddresses: boolean,
): Promise<ClientMetadata> {
  const answer = await answerTo(request, allowPrivateAddresses);
  if (answer.statusCode < 200 || answer.statusCode >= 300) {
    throw new FailedError(refusalText(request, answer));
  }
  const information = objectIn(answer.text);
  if (!information) {
    const done = request.method === 'GET' ? '' : ` ${UNKNOWN_OUTCOME}`;
    throw new FailedError(`${printable(request.url)} answered ${answer.statusCode} without a JSON object.${done}`);
  }
  return information;
}

async function answerTo(
  { method, url, authorization, body }: RegistrationRequest,
  allowPrivateAddresses: boolean,
): Promise<Answer> {
  const json = body && JSON.stringify(body);
  try {
    const response = await checkedResponse(new URL(url), {
      ...fetchTimeOf('background'),
      allowPrivateAddresses,
      method,
      headers: {
        accept: 'application/json',
        ...(authorization !== undefined && { authorization }),
        ...(json !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) }),
      },
      body: json,
    });
    try {
      const { statusCode = 0, headers } = response;
      return { statusCode, headers, text: await bodyTextOf(response, url) };
    } finally {
      response.destroy();
    }
  } catch (error) {
    const { code, text, advice } = fetchProblem(error, url);
    const isSent = ['not_answered', 'hung_up', 'answer_too_large', 'not_readable'].includes(code);
    throw new FailedError(`${text}\n${isSent && method !== 'GET' ? UNKNOWN_OUTCOME : advice}`);
  }
}
