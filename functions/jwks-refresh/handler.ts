import type { Context } from 'aws-lambda';
import { distinctLocations } from '../../receiver/jwks/jwks-location.ts';
import { refreshAllAhead } from '../../receiver/jwks/refresh-ahead.ts';
import { dynamodbClient } from '../runtime/dynamodb.ts';
import { numericVariable, variable } from '../runtime/environment.ts';
import { countJwksEvent } from '../runtime/jwks-metrics.ts';
import { logger } from '../runtime/log.ts';
import { Metrics, MetricUnit } from '../runtime/metrics.ts';
import { deployedRelyingParties } from '../runtime/relying-parties.ts';

/** In place of an age that has no end, which no metric can have: the keys were never had. */
const NEVER_IN_INTERVALS = 1000;

const aheadSeconds = numericVariable(process.env, 'JWKS_REFRESH_AHEAD_SECONDS');
const table = { client: dynamodbClient(), tableName: variable(process.env, 'JWKS_CACHE_TABLE_NAME') };
const source = await deployedRelyingParties(process.env, import.meta.url);
const metrics = new Metrics();

/**
 * Fetches the keys of every configured issuer before they are not fresh any more.
 *
 * @throws RelyingPartiesUnavailable where nobody knows which issuers are configured
 */
export async function handler(_event: unknown, context: Context): Promise<void> {
  logger.addContext(context);
  const known = (await source.known()).all();
  const relyingParties = known.length > 0 ? known : (await source.renewed()).all();
  const locations = distinctLocations(relyingParties);
  const ages = await refreshAllAhead(table, locations, aheadSeconds, countJwksEvent);
  for (const age of ages) {
    logger.info('jwks_age', { ...age });
  }
  const oldest = Math.max(...ages.map(({ ageInIntervals }) => Math.min(ageInIntervals, NEVER_IN_INTERVALS)));
  metrics.addMetric('JwksAgeInIntervals', MetricUnit.NoUnit, oldest);
  metrics.addMetric('JwksAge', MetricUnit.Seconds, Math.max(...ages.map(({ ageSeconds = 0 }) => ageSeconds)));
  metrics.publish();
}
