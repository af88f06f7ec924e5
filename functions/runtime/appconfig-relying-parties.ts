import { AppConfigSession } from '../../receiver/relying-parties/appconfig-session.ts';
import { LiveRelyingParties, type RelyingPartiesEvent } from '../../receiver/relying-parties/live-relying-parties.ts';
import type { RelyingPartiesSource } from '../../receiver/relying-parties/relying-parties-source.ts';
import { variable } from './environment.ts';
import { describeError, logger } from './log.ts';
import { MetricUnit, publishMetric } from './metrics.ts';

/**
 * The relying parties that AWS AppConfig has. They are read once before the first request, and where that fails, by those
 * that come.
 *
 * @throws EnvironmentError where a variable is missing
 */
export async function appConfigRelyingParties(environment: NodeJS.ProcessEnv): Promise<RelyingPartiesSource> {
  const session = new AppConfigSession({
    application: variable(environment, 'RELYING_PARTIES_APPLICATION_ID'),
    environment: variable(environment, 'RELYING_PARTIES_ENVIRONMENT_ID'),
    profile: variable(environment, 'RELYING_PARTIES_PROFILE_ID'),
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
      publishMetric('RelyingPartiesRefused', MetricUnit.Count, 1);
      if (event.isNew) {
        logger.error('relying_parties_refused', describeError(event.error));
      }
      break;
    case 'unreadable':
      publishMetric('RelyingPartiesUnreadable', MetricUnit.Count, 1);
      logger.warn('relying_parties_unreadable', describeError(event.error));
  }
}
