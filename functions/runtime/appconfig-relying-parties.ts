import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import * as z from 'zod/mini';
import { AppConfigSession } from '../../receiver/relying-parties/appconfig-session.ts';
import { LiveRelyingParties, type RelyingPartiesEvent } from '../../receiver/relying-parties/live-relying-parties.ts';
import type { RelyingPartiesSource } from '../../receiver/relying-parties/relying-parties-source.ts';
import { describeError, logger } from './log.ts';

const Environment = z.object({
  RELYING_PARTIES_APPLICATION_ID: z.string(),
  RELYING_PARTIES_ENVIRONMENT_ID: z.string(),
  RELYING_PARTIES_PROFILE_ID: z.string(),
});

const metrics = new Metrics();

/**
 * The relying parties that AWS AppConfig has. They are read once before the first request, and where that fails, by those
 * that come.
 *
 * @throws z.core.$ZodError where a variable is missing
 */
export async function appConfigRelyingParties(environment: NodeJS.ProcessEnv): Promise<RelyingPartiesSource> {
  const names = Environment.parse(environment);
  const session = new AppConfigSession({
    application: names.RELYING_PARTIES_APPLICATION_ID,
    environment: names.RELYING_PARTIES_ENVIRONMENT_ID,
    profile: names.RELYING_PARTIES_PROFILE_ID,
  });
  const live = new LiveRelyingParties((signal) => session.latest(signal), tell);
  await live.known();
  return live;
}

/** Each metric by itself: no handler publishes them. */
function tell(event: RelyingPartiesEvent): void {
  switch (event.type) {
    case 'changed': {
      const { relyingParties, versionLabel } = event;
      logger.info('relying_parties_changed', { relyingParties, versionLabel });
      break;
    }
    case 'refused':
      metrics.singleMetric().addMetric('RelyingPartiesRefused', MetricUnit.Count, 1);
      if (event.isNew) {
        logger.error('relying_parties_refused', describeError(event.error));
      }
      break;
    case 'unreadable':
      metrics.singleMetric().addMetric('RelyingPartiesUnreadable', MetricUnit.Count, 1);
      logger.warn('relying_parties_unreadable', describeError(event.error));
  }
}
