import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { FrontDoor } from '../front-door/front-door.ts';
import type { LogoutReceiverFunctions } from '../logout-receiver.ts';

/** The parts of a receiver that alarms, dashboard and queries look at. */
export interface Monitored {
  /** Dimension `service` of the metrics. */
  readonly service: string;
  readonly functions: LogoutReceiverFunctions;
  readonly front: FrontDoor;
  readonly sessionsTable: ITable;
  readonly jwksCacheTable: ITableV2;
  readonly deferredLogouts: MonitoredQueues;
  readonly interruptedLogoutsGivenUp: IQueue;
  /** Where session-ended events are turned on. */
  readonly eventsGivenUp?: IQueue;
  /** That other parts have made, since they need them for themselves. */
  readonly furtherAlarms: readonly Alarm[];
}

export interface MonitoredQueues {
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
  readonly unverifiedQueue: IQueue;
  readonly unverifiedDeadLetterQueue: IQueue;
}
