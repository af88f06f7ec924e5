import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { LogoutReceiverFunctions } from '../logout-receiver.ts';

/** The parts of a receiver that alarms, dashboard and queries look at. */
export interface Monitored {
  /** Dimension `service` of the metrics. */
  readonly service: string;
  readonly functions: LogoutReceiverFunctions;
  readonly front: MonitoredFront;
  readonly sessionsTable: ITable;
  readonly jwksCacheTable: ITableV2;
  readonly deferredLogouts: MonitoredQueues;
  readonly interruptedLogoutsGivenUp: IQueue;
  /** Where session-ended events are turned on. */
  readonly eventsGivenUp?: IQueue;
}

/** What stands before the functions. */
export interface MonitoredFront {
  /** All requests. */
  readonly requests: Metric;
  /** Answers of 500 and above. */
  metricServerErrors(options: MetricOptions): Metric;
  /** JSON lines with `service`, `status`, `sourceIp`, `userAgent`, `routeKey`. */
  readonly accessLog: ILogGroup;
}

export interface MonitoredQueues {
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
  readonly unverifiedQueue: IQueue;
  readonly unverifiedDeadLetterQueue: IQueue;
}
