import { KeySource } from '../../functions/jwks/key-source.ts';
import { type LogoutRequest, logoutTokenIn } from '../../functions/logout/logout-request.ts';
import { type VerifiedLogoutToken, verifyLogoutToken } from '../../functions/logout/logout-token.ts';
import type { Reason } from '../../functions/logout/reasons.ts';
import { Rejection } from '../../functions/logout/rejection.ts';
import { parseRelyingParties } from '../../functions/relying-parties/relying-parties.ts';
import { SecretSource } from '../../functions/secrets/secret-source.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { epochSeconds } from '../logout-token.ts';
import { newTable } from '../tables.ts';

/** What the judge says: whose sessions end, or why none does. */
export type Verdict = { readonly accepted: VerifiedLogoutToken } | { readonly refused: Reason };

/** The judge in this process, with an issuer on loopback whose keys it fetches once. */
export interface Judge {
  readonly op: TestIssuer;
  /** When requests are received, in epoch seconds. */
  readonly receivedAt: number;
  /** @throws whatever is not a refusal: a defect */
  judge(request: LogoutRequest): Promise<Verdict>;
  stop(): Promise<void>;
}

export const JUDGED_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** Two clients of one issuer; neither allows more than the compatible profile does. */
export async function startJudge(): Promise<Judge> {
  const op = await startIssuer(...JUDGED_ALGORITHMS);
  const { issuer } = op;
  const { relyingParties, ...limits } = parseRelyingParties(
    JSON.stringify({
      relyingParties: [
        { issuer, clientId: 'shop' },
        { issuer, clientId: 'forum' },
      ],
    }),
    'test',
  );
  const keys = new KeySource(await newTable('jwksCache'), (error) => {
    throw error;
  });
  const secrets = new SecretSource(async (secretId) => {
    throw new Error(`nobody configured the secret ${secretId}`);
  });
  const receivedAt = epochSeconds();
  return {
    op,
    receivedAt,
    async judge(request) {
      try {
        const token = logoutTokenIn(request, limits);
        return { accepted: await verifyLogoutToken(token, receivedAt, relyingParties, { keys, secrets }) };
      } catch (error) {
        if (error instanceof Rejection) {
          return { refused: error.reason };
        }
        throw error;
      }
    },
    stop: () => op.stop(),
  };
}

export function formRequest(token: string): LogoutRequest {
  return {
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded',
    body: Buffer.from(new URLSearchParams({ logout_token: token }).toString()),
  };
}
