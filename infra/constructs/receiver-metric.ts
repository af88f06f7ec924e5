import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';

export const METRICS_NAMESPACE = 'LogoutReceiver';

/**
 * A metric that the functions of a receiver write.
 *
 * @param service the receiver's, which tells it from others in the account
 * @param options by itself, the metric is a sum over five minutes
 */
export function receiverMetric(service: string, metricName: string, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    statistic: Stats.SUM,
    ...options,
    dimensionsMap: { service, ...options.dimensionsMap },
  });
}
