import { type MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { sumOf } from './receiver-alarm.ts';

/** Metrics of a DynamoDB table, in the stack's region, whichever one the table was made in. */
export class TableMetrics {
  readonly #id: string;
  readonly #tableName: string;

  /** @param id a word that begins the names of its metrics in expressions */
  constructor(id: string, tableName: string) {
    this.#id = id;
    this.#tableName = tableName;
  }

  /** Reads and writes that were throttled. `ThrottledRequests` is there for single operations alone. */
  get throttles(): MathExpression {
    return sumOf(`${this.#id}Throttles`, [this.sum('ReadThrottleEvents'), this.sum('WriteThrottleEvents')]);
  }

  /** @param actions of the functions' policies, such as `dynamodb:GetItem`: the metric is there for single operations alone */
  systemErrors(actions: readonly string[]): MathExpression {
    return sumOf(
      `${this.#id}Errors`,
      actions.map((action) => this.sum('SystemErrors', { Operation: action.replace('dynamodb:', '') })),
    );
  }

  sum(metricName: string, dimensions: Record<string, string> = {}): Metric {
    return new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      statistic: Stats.SUM,
      dimensionsMap: { TableName: this.#tableName, ...dimensions },
    });
  }
}
