import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { type LogoutRequest, logoutTokenIn } from '../../../receiver/logout/logout-request.ts';
import { verifyLogoutToken } from '../../../receiver/logout/logout-token.ts';
import type { Reason } from '../../../receiver/logout/reasons.ts';
import { LogoutFailure, Rejection } from '../../../receiver/logout/rejection.ts';
import { logoutOrderOf } from '../../../receiver/logout/token-order.ts';
import { parseRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import { indexedRelyingParties } from '../../../receiver/relying-parties/relying-parties-index.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import { ALL_CASES } from '../../end-to-end/judging/all-cases.ts';
import { accepted, type HttpMessage, messageOf, refused } from '../../end-to-end/judging/judged-case.ts';
import { type ConfiguredParties, startParties } from '../../end-to-end/judging/parties.ts';
import { newKeySource } from '../../key-source.ts';
import { inTurn, moved, without } from '../../logout-token.ts';

/** Whose sessions end, or why none does. */
interface Verdict {
  readonly partitions?: readonly string[];
  readonly reason?: Reason;
}

/** Epoch milliseconds, of a whole second. */
const NOW = Math.floor(Date.now() / 1000) * 1000;

let parties: ConfiguredParties;
let judge: (request: LogoutRequest) => Promise<Verdict>;

beforeAll(async () => {
  parties = await startParties();
  const { secretValues } = parties;
  const relyingParties = indexedRelyingParties(
    parseRelyingParties(
      JSON.stringify({ relyingParties: parties.relyingParties, maxTokenBytes: parties.maxTokenBytes }),
      'test',
    ),
  );
  const secrets = new SecretSource(async (secretId) => {
    const secret = secretValues[secretId] ?? '';
    return typeof secret === 'string' ? secret : JSON.stringify(secret);
  });
  const tokenKeys = { keys: await newKeySource(), secrets, decryptionKeys: new DecryptionKeySource(secrets) };
  judge = async (request) => {
    try {
      const token = logoutTokenIn(request, relyingParties);
      const verified = await verifyLogoutToken(token, Date.now() / 1000, relyingParties, tokenKeys);
      return { partitions: logoutOrderOf(verified).endings.map(({ partition }) => partition) };
    } catch (error) {
      if (error instanceof LogoutFailure) {
        return { reason: 'deferred' };
      }
      if (error instanceof Rejection) {
        return { reason: error.reason };
      }
      throw error;
    }
  };
});

// One moment for all: what verifies with no key that the issuer has now is refused, and no case waits for another look.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

afterAll(async () => {
  await parties.stop();
});

/** Times to the second, which only a clock that stands can hold: a tolerance of a minute, and an age of an hour. */
const BOUNDARY_CASES = [
  accepted('iat ahead by the tolerance', { claims: moved('iat', 60) }),
  refused('iat_in_future', 'iat ahead by a second more', { claims: moved('iat', 61) }),
  accepted('iat as old as it may be', { claims: inTurn(moved('iat', -3659), without('exp')) }),
  refused('token_too_old', 'iat older by a second', { claims: inTurn(moved('iat', -3660), without('exp')) }),
  accepted('exp past by less than the tolerance', { claims: moved('exp', -59) }),
  refused('token_expired', 'exp past by the tolerance', { claims: moved('exp', -60) }),
  accepted('nbf ahead by the tolerance', { claims: moved('nbf', 60) }),
  refused('token_not_yet_valid', 'nbf ahead by a second more', { claims: moved('nbf', 61) }),
];

describe.each([...ALL_CASES, ['times', BOUNDARY_CASES] as const])('by its %s, a logout request', (_subject, cases) => {
  it.each(cases.map((given) => [given.reason ?? 'accepted', given.name, given] as const))(
    'is judged %s: %s',
    async (_verdict, _name, given) => {
      const { client: clientId = 'shop', reason } = given;
      const named = { sub: randomUUID(), sid: randomUUID() };
      const verdict = await judge(requestOf(await messageOf(given, named, parties)));
      if (reason) {
        expect(verdict).toEqual({ reason });
        return;
      }
      // In the name of the issuer, also where the token comes under an alias.
      const { issuer } = parties.op;
      const scopes = [{ sid: named.sid }, { sub: named.sub }].map((scope) =>
        scopePartition({ issuer, clientId, ...scope }),
      );
      expect(verdict.partitions?.some((partition) => scopes.includes(partition))).toBe(true);
    },
  );
});

/** As API Gateway hands it over: values of a header that comes twice, joined. */
function requestOf({ method, headers, body }: HttpMessage): LogoutRequest {
  const values = headers.filter((_value, index) => headers[index - 1]?.toLowerCase() === 'content-type' && index % 2);
  return {
    method,
    contentType: values.length > 0 ? values.join(',') : undefined,
    body: Buffer.concat([body].flat().map((part) => Buffer.from(part))),
  };
}
