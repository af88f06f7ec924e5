import { Duration } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SessionsTable } from '../sessions-table.ts';
import type { DeferredLogoutQueues } from './deferred-logout-queues.ts';
import type { FunctionSettings } from './function-settings.ts';
import { GivenUpQueue } from './given-up-queue.ts';
import { ReceiverFunction } from './receiver-function.ts';
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
    const givenUp = new GivenUpQueue(this, 'InterruptedLogoutsGivenUp', settings.encryptionKey);
    this.givenUpQueue = givenUp.queue;
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
        // With what one batch takes, 1,000 logouts a second of each shard: `npm run bench -- interrupted-logout`.
        parallelizationFactor: 10,
        // By then the function that began it is done, or dead.
        maxBatchingWindow: Duration.seconds(20),
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        // An outage can last for hours, so not the count decides, but the age: what is given up can then be read from the
        // stream for the rest of the day that it remembers.
        retryAttempts: 10_000,
        maxRecordAge: Duration.hours(6),
        onFailure: givenUp,
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { sk: { S: FilterRule.isEqual('JTI') } } },
          }),
          // A session in the place of an end: between the regions of a global table, a later save wins over it.
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('MODIFY'),
            dynamodb: {
              Keys: { sk: { S: FilterRule.isEqual('SESSION') } },
              OldImage: { endedAt: { N: FilterRule.exists() } },
              NewImage: { endedAt: { N: FilterRule.notExists() } },
            },
          }),
        ],
      }),
    );
  }
}
