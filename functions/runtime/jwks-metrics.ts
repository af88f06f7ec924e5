import type { JwksEvent } from '../../receiver/jwks/jwks-event.ts';
import { describeError, logger } from './log.ts';
import { MetricUnit, publishMetric } from './metrics.ts';

/** Counts what happens to issuers' keys. The issuer stands in the log, and is no dimension: there may be many. */
export function countJwksEvent(event: JwksEvent): void {
  const { issuer } = event;
  switch (event.type) {
    case 'fetched':
      logger.info('jwks_fetched', {
        issuer,
        isModified: event.isModified,
        skippedKeys: event.skippedKeys,
        ageSeconds: event.ageSeconds,
      });
      count('JwksFetched');
      count('JwksKeysSkipped', event.skippedKeys);
      break;
    case 'fetch_failed':
      logger.warn('jwks_fetch_failed', { issuer, ...describeError(event.error) });
      count('JwksFetchFailed');
      break;
    case 'slot_lost':
      count('JwksFetchSlotLost');
      break;
    case 'slot_unguarded':
      logger.warn('jwks_fetch_unguarded', { issuer });
      count('JwksFetchUnguarded');
      break;
    case 'keys_doubted':
      count(event.problem === 'key_not_found' ? 'JwksKidUnknown' : 'JwksKeysDoubted');
      break;
    case 'cache_failed':
      logger.warn('jwks_cache_failed', { issuer, ...describeError(event.error) });
      count('JwksCacheFailed');
  }
}

/** Each by itself: no handler publishes them. */
function count(metric: string, value = 1): void {
  if (value > 0) {
    publishMetric(metric, MetricUnit.Count, value);
  }
}
