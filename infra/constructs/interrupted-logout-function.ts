import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SessionsTable } from '../sessions-table.ts';
import type { DeferredLogoutQueues } from './deferred-logout-queues.ts';
import type { FunctionSettings } from './function-settings.ts';
import { GivenUpQueue } from './given-up-queue.ts';
import { ReceiverFunction } from './receiver-function.ts';
import { receiverMetric } from './receiver-metric.ts';
import { END_SESSIONS } from './session-grants.ts';

export interface InterruptedLogoutFunctionProps {
  readonly settings: FunctionSettings;
  readonly sessions: SessionsTable;
  readonly deferredLogouts: DeferredLogoutQueues;
}

/** The function that looks after every logout that was begun, and finishes those whose function died half-way. */
export class InterruptedLogoutFunction extends Construct {
  readonly handler: ReceiverFunction;
  readonly givenUpQueue: Queue;

  constructor(scope: Construct, id: string, props: InterruptedLogoutFunctionProps) {
    super(scope, id);
    const { settings, sessions, deferredLogouts } = props;
    this.givenUpQueue = new GivenUpQueue(this, 'InterruptedLogoutsGivenUp', {
      alarmDescription:
        'Logouts that were begun could be neither finished nor kept for hours: users may still be signed in, and the stream forgets which after a day. See docs/operating.md, Deferred logouts.',
    }).queue;
    this.handler = new ReceiverFunction(this, 'Function', {
      settings,
      folder: 'interrupted-logout',
      description: 'Finishes the logouts whose function died half-way',
      timeout: Duration.seconds(60),
      environment: {
        SESSIONS_TABLE_NAME: sessions.tableName,
        ...deferredLogouts.environment,
      },
    });
    sessions.grant(this.handler.role, ...END_SESSIONS);
    deferredLogouts.grantPut(this.handler.role);
    this.handler.function.addEventSource(
      new DynamoEventSource(sessions.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        // By then the function that began it is done, or dead.
        maxBatchingWindow: Duration.seconds(20),
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        // An outage can last for hours, so not the count decides, but the age: what is given up can then be read from the
        // stream for the rest of the day that it remembers.
        retryAttempts: 10_000,
        maxRecordAge: Duration.hours(6),
        onFailure: new SqsDlq(this.givenUpQueue),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { sk: { S: FilterRule.isEqual('JTI') } } },
          }),
        ],
      }),
    );
    new Alarm(this, 'InterruptedLogoutsNotKept', {
      metric: receiverMetric(settings.service, 'InterruptedLogoutNotKept', { period: Duration.minutes(1) }),
      alarmDescription:
        'Logouts that were begun can be neither finished nor kept: their users may still be signed in. They are tried for six hours. See docs/operating.md, Deferred logouts.',
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
