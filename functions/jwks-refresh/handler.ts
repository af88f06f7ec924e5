import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { distinctLocations } from '../../receiver/jwks/jwks-location.ts';
import { refreshAhead } from '../../receiver/jwks/refresh-ahead.ts';
import { dynamodbClient } from '../runtime/dynamodb.ts';
import { countJwksEvent } from '../runtime/jwks-metrics.ts';
import { logger } from '../runtime/log.ts';
import { deployedRelyingParties } from '../runtime/relying-parties.ts';

/** In place of an age that has no end, which no metric can have: the keys were never had. */
const NEVER_IN_INTERVALS = 1000;

const names = z
  .object({ JWKS_CACHE_TABLE_NAME: z.string(), JWKS_REFRESH_AHEAD_SECONDS: z.coerce.number() })
  .parse(process.env);
const table = { client: dynamodbClient(), tableName: names.JWKS_CACHE_TABLE_NAME };
const source = await deployedRelyingParties(process.env, import.meta.url);
const metrics = new Metrics();

/**
 * Fetches the keys of every configured issuer before they are not fresh any more, all at the same time.
 *
 * @throws RelyingPartiesUnavailable where nobody knows which issuers are configured
 */
export async function handler(_event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  const known = (await source.known()).all();
  const relyingParties = known.length > 0 ? known : (await source.renewed()).all();
  const ages = await Promise.all(
    distinctLocations(relyingParties).map((location) =>
      refreshAhead(table, location, names.JWKS_REFRESH_AHEAD_SECONDS, countJwksEvent),
    ),
  );
  for (const age of ages) {
    logger.info('jwks_age', { ...age });
  }
  const oldest = Math.max(...ages.map(({ ageInIntervals }) => Math.min(ageInIntervals, NEVER_IN_INTERVALS)));
  metrics.addMetric('JwksAgeInIntervals', MetricUnit.NoUnit, oldest);
  metrics.addMetric('JwksAge', MetricUnit.Seconds, Math.max(...ages.map(({ ageSeconds = 0 }) => ageSeconds)));
  metrics.publishStoredMetrics();
}
