import { epochMilliseconds } from '../../relying-party/sessions/clock.ts';

/** Units of CloudWatch's MetricDatum that the metrics have. */
export const MetricUnit = { Count: 'Count', Milliseconds: 'Milliseconds', NoUnit: 'None', Seconds: 'Seconds' } as const;
export type MetricUnit = (typeof MetricUnit)[keyof typeof MetricUnit];

interface Metric {
  readonly unit: MetricUnit;
  readonly values: readonly number[];
}

/** The most values that one line may have of a metric. */
const MOST_VALUES = 100;

/**
 * What an invocation counts, published in one line of CloudWatch's embedded metric format
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 *
 * Every metric has the dimension `service`.
 */
export class Metrics {
  readonly #metrics = new Map<string, Metric>();

  addMetric(name: string, unit: MetricUnit, value: number): void {
    if (this.#metrics.get(name)?.values.length === MOST_VALUES) {
      this.publish();
    }
    const values = this.#metrics.get(name)?.values ?? [];
    this.#metrics.set(name, { unit, values: [...values, value] });
  }

  /** Writes what was counted since the last time, if anything. */
  publish(): void {
    if (this.#metrics.size > 0) {
      write(this.#metrics, [{}]);
      this.#metrics.clear();
    }
  }
}

/** Publishes one metric by itself: it has further dimensions, or no handler publishes what was counted. */
export function publishMetric(name: string, unit: MetricUnit, value: number): void {
  write(new Map([[name, { unit, values: [value] }]]), [{}]);
}

/**
 * Counts what has a reason, as two metrics of one name: for each reason by itself, and for all reasons together. An alarm
 * cannot add up metrics whose dimensions it does not know, so the second one is for alarms.
 *
 * @param name of the metric, the same with and without the dimension `Reason`
 */
export function countByReason(name: string, reason: string): void {
  write(new Map([[name, { unit: MetricUnit.Count, values: [1] }]]), [{ Reason: reason }, {}]);
}

/** @param dimensionSets each with the dimension `service` besides */
function write(metrics: ReadonlyMap<string, Metric>, dimensionSets: readonly Readonly<Record<string, string>>[]): void {
  const { POWERTOOLS_METRICS_NAMESPACE, POWERTOOLS_SERVICE_NAME } = process.env;
  const line = {
    _aws: {
      Timestamp: epochMilliseconds(),
      CloudWatchMetrics: [
        {
          Namespace: POWERTOOLS_METRICS_NAMESPACE,
          Dimensions: dimensionSets.map((dimensions) => ['service', ...Object.keys(dimensions)]),
          Metrics: Array.from(metrics, ([Name, { unit }]) => ({ Name, Unit: unit })),
        },
      ],
    },
    service: POWERTOOLS_SERVICE_NAME,
    ...Object.assign({}, ...dimensionSets),
    ...Object.fromEntries(
      Array.from(metrics, ([name, { values }]) => [name, values.length === 1 ? values[0] : values]),
    ),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
