import { fileURLToPath } from 'node:url';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { KeySource } from '../jwks/key-source.ts';
import { DecryptionKeySource } from '../logout/decryption-keys.ts';
import { type LogoutParts, logout } from '../logout/logout.ts';
import { LogoutFailure, Rejection } from '../logout/rejection.ts';
import { readRelyingPartiesFile } from '../relying-parties/relying-parties.ts';
import { SecretSource } from '../secrets/secret-source.ts';
import { fetchSecret } from '../secrets/secrets-manager.ts';
import { failed, type HttpAnswer, LOGGED_OUT, rejected } from './http-answer.ts';
import { logoutRequestFrom } from './http-api-event.ts';

const environment = z
  .object({ SESSIONS_TABLE_NAME: z.string(), JWKS_CACHE_TABLE_NAME: z.string(), RELYING_PARTIES_FILE: z.string() })
  .parse(process.env);

const logger = new Logger();
const metrics = new Metrics();
const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts: 3,
    // Well under the 2.5 s after which some OPs hang up.
    requestHandler: { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true },
  }),
);

const { relyingParties, ...limits } = readRelyingPartiesFile(
  fileURLToPath(new URL(environment.RELYING_PARTIES_FILE, import.meta.url)),
);
const secrets = new SecretSource(fetchSecret);
const parts: LogoutParts = {
  relyingParties,
  limits,
  keys: new KeySource({ client, tableName: environment.JWKS_CACHE_TABLE_NAME }, (error) =>
    logger.warn('jwks_cache_error', describeError(error)),
  ),
  secrets,
  decryptionKeys: new DecryptionKeySource(secrets),
  sessionsTable: { client, tableName: environment.SESSIONS_TABLE_NAME },
};

/** Receives back-channel logout requests from the HTTP API. */
export async function handler(event: unknown, context: Context): Promise<HttpAnswer> {
  logger.addContext(context);
  try {
    const completed = await logout(logoutRequestFrom(event), Date.now() / 1000, parts);
    logger.info('logout_accepted', { ...completed });
    metrics.addMetric('LogoutAccepted', MetricUnit.Count, 1);
    metrics.addMetric('LogoutReplayed', MetricUnit.Count, Number(completed.isReplay));
    metrics.addMetric('SessionsEnded', MetricUnit.Count, completed.sessionsEnded);
    return LOGGED_OUT;
  } catch (error) {
    return refusal(error);
  } finally {
    metrics.publishStoredMetrics();
  }
}

function refusal(error: unknown): HttpAnswer {
  if (error instanceof Rejection) {
    logger.info('logout_rejected', { reason: error.reason });
    metrics.addDimension('Reason', error.reason);
    metrics.addMetric('LogoutRejected', MetricUnit.Count, 1);
    return rejected(error.reason);
  }
  const reason = error instanceof LogoutFailure ? error.reason : 'internal_error';
  logger.error('logout_failed', { reason, ...describeError(error) });
  metrics.addDimension('Reason', reason);
  metrics.addMetric('LogoutFailed', MetricUnit.Count, 1);
  return failed(reason);
}

/** Names and places of an error and its causes. Not their other fields: an AWS error can carry the item it is about. */
function describeError(error: unknown): { error: string; stack: string | undefined; cause?: unknown } {
  if (!(error instanceof Error)) {
    return { error: typeof error, stack: undefined };
  }
  return {
    error: `${error.name}: ${error.message}`,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
