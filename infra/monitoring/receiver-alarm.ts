import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** An alarm: a row of the table in docs/monitoring.md. */
export interface ReceiverAlarm {
  /** Stable: the runbook's section and `LogoutReceiver.alarms` have it. */
  readonly id: string;
  /** With the statistic and the period that it is judged by. */
  readonly metric: IMetric;
  /** @default 1 */
  readonly threshold?: number;
  /** @default - at the threshold and above */
  readonly comparison?: ComparisonOperator;
  /**
   * How many periods are looked at.
   * @default 1
   */
  readonly periods?: number;
  /**
   * In how many of them it must be so.
   * @default - in all
   */
  readonly breaching?: number;
  /**
   * What it means that there is no data.
   * @default - nothing has happened: functions and services write most of these metrics only when something has
   */
  readonly missing?: TreatMissingData;
  /** What a user notices: one or two sentences. */
  readonly notices: string;
  /**
   * Where more is said of it.
   * @default - its section of the runbook
   */
  readonly section?: string;
}

/** Something that is mended by a later try: it must go on for a while. */
export const SUSTAINED = { periods: 3, breaching: 2 };

const FIVE_MINUTES = Duration.minutes(5);

/** Where the runbook says what an alarm means and what to do. */
export function runbookSection(id: string): string {
  const words = id.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return `docs/runbook.md#alarm-${words}`;
}

/** The alarm, without actions. */
export function newAlarm(scope: Construct, alarm: ReceiverAlarm): Alarm {
  const { id, metric, notices, section = runbookSection(id), threshold = 1, periods = 1, breaching = periods } = alarm;
  const {
    comparison = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    missing = TreatMissingData.NOT_BREACHING,
  } = alarm;
  return new Alarm(scope, id, {
    metric,
    threshold,
    evaluationPeriods: periods,
    datapointsToAlarm: breaching,
    comparisonOperator: comparison,
    treatMissingData: missing,
    alarmDescription: `${notices} See ${section}`,
  });
}

/**
 * The sum of metrics. One that has no data, as most have, counts for nothing; with `+`, the sum would have none either.
 *
 * @param id begins the names of the metrics in the expression, which one graph may have once
 */
export function sumOf(id: string, metrics: readonly Metric[]): MathExpression {
  const named = Object.fromEntries(metrics.map((metric, index) => [`${id}${index}`, metric]));
  const filled = Object.keys(named).map((name) => `FILL(${name}, 0)`);
  return new MathExpression({
    expression: `SUM([${filled.join(', ')}])`,
    usingMetrics: named,
    period: FIVE_MINUTES,
  });
}
