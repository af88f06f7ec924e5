import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

let metrics: Metrics | undefined;

/**
 * Counts what has a reason, as two metrics of one name: for each reason by itself, and for all reasons together. An alarm
 * cannot add up metrics whose dimensions it does not know, so the second one is for alarms.
 *
 * @param metric name, the same with and without the dimension `Reason`
 */
export function countByReason(metric: string, reason: string): void {
  metrics ??= new Metrics();
  // A metric by itself: what else an invocation counts has no reason. An empty set of dimensions has the default ones alone.
  metrics.singleMetric().addDimension('Reason', reason).addDimensions({}).addMetric(metric, MetricUnit.Count, 1);
}
