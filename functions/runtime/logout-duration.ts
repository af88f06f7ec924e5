import { exactEpochSeconds } from '../../relying-party/sessions/clock.ts';
import { type Metrics, MetricUnit } from './metrics.ts';

/**
 * Counts how long a logout took, from its receipt until its sessions had ended, whichever function ended them.
 *
 * @param receivedAt epoch seconds, with their fraction
 */
export function countDuration(metrics: Metrics, receivedAt: number): void {
  metrics.addMetric('LogoutDuration', MetricUnit.Milliseconds, Math.round((exactEpochSeconds() - receivedAt) * 1000));
}
