import { KidNotFoundInJwksError, WaitPeriodNotYetEndedJwkError } from 'aws-jwt-verify/error';
import type { JwksCache, PenaltyBox } from 'aws-jwt-verify/jwk';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { createRemoteJWKSet, errors } from 'jose';
import type { JwksCacheTable } from '../../receiver/jwks/jwks-cache-table.ts';
import { JwksError } from '../../receiver/jwks/jwks-error.ts';
import type { JwksEvent } from '../../receiver/jwks/jwks-event.ts';
import { KeySource } from '../../receiver/jwks/key-source.ts';
import { refreshAhead } from '../../receiver/jwks/refresh-ahead.ts';
import type { TestIssuer } from '../../test/issuer.ts';
import type { Contestant, Outcome } from './contestant.ts';

/** As infra/constructs/jwks-refresh.ts has it. */
const AHEAD_SECONDS = 420;

/** This project: instances that share a table, and the scheduled refresh. */
export function ours(
  op: TestIssuer,
  table: JwksCacheTable,
  onEvent: (event: JwksEvent) => void = () => {},
): Contestant {
  // As the others: told where the keys are.
  const location = { ...op.location, jwksUri: `${op.issuer}/jwks` };
  const verify = async (source: KeySource, kid: string, receivedAt: number): Promise<Outcome> => {
    try {
      // As for the others: whether there is a key, and no signature.
      await source.verify(location, { alg: 'ES256', kid }, receivedAt, async () => undefined);
      return 'verified';
    } catch (error) {
      if (!(error instanceof JwksError)) {
        throw error;
      }
      return error.isFinal ? 'refused' : 'deferred';
    }
  };
  const queueConsumer = new KeySource(table, { onEvent, isPatient: true });
  return {
    newInstance() {
      const source = new KeySource(table, { onEvent });
      return (kid) => verify(source, kid, Date.now() / 1000);
    },
    refresh: () => refreshAhead(table, location, AHEAD_SECONDS, onEvent),
    retry: (kid, receivedAt) => verify(queueConsumer, kid, receivedAt),
  };
}

/** `createRemoteJWKSet` as it comes: a cache in each process. */
export function jose(op: TestIssuer): Contestant {
  return {
    newInstance() {
      const find = createRemoteJWKSet(new URL(`${op.issuer}/jwks`));
      return async (kid) => {
        try {
          await find({ alg: 'ES256', kid });
          return 'verified';
        } catch (error) {
          return error instanceof errors.JWKSNoMatchingKey ? 'refused' : 'failed';
        }
      };
    },
  };
}

/** `SimpleJwksCache` as it comes, but that it fetches by http, and that its penalty box goes by simulated time. */
export function awsJwtVerify(op: TestIssuer): Contestant {
  return {
    newInstance() {
      const cache: JwksCache = new SimpleJwksCache({
        penaltyBox: new SimulatedPenaltyBox(),
        fetcher: {
          async fetch(uri) {
            const response = await fetch(uri, { redirect: 'error' });
            if (response.status !== 200) {
              throw new Error(`${uri} answered ${response.status}`);
            }
            return await response.arrayBuffer();
          },
        },
      });
      return async (kid) => {
        try {
          await cache.getJwk(`${op.issuer}/jwks`, { header: { alg: 'ES256', kid }, payload: {} });
          return 'verified';
        } catch (error) {
          const isFinal = error instanceof KidNotFoundInJwksError || error instanceof WaitPeriodNotYetEndedJwkError;
          return isFinal ? 'refused' : 'failed';
        }
      };
    },
  };
}

/** The rule of `SimplePenaltyBox`, which holds to timers: ten seconds after a `kid` was not found, none is looked for. */
class SimulatedPenaltyBox implements PenaltyBox {
  readonly #until = new Map<string, number>();

  async wait(jwksUri: string): Promise<void> {
    if (Date.now() < (this.#until.get(jwksUri) ?? 0)) {
      throw new WaitPeriodNotYetEndedJwkError('still waiting');
    }
  }

  registerFailedAttempt(jwksUri: string): void {
    this.#until.set(jwksUri, Date.now() + 10_000);
  }

  registerSuccessfulAttempt(jwksUri: string): void {
    this.#until.delete(jwksUri);
  }
}
