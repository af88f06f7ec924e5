import type { Metrics } from '@aws-lambda-powertools/metrics';

/** Publishes what an invocation has counted. Where that is nothing, Powertools would warn of it in the log each time. */
export function publishMetrics(metrics: Metrics): void {
  if (metrics.hasStoredMetrics()) {
    metrics.publishStoredMetrics();
  }
}
