import { Duration } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import type { DeferredLogoutQueues } from './deferred-logout-queues.ts';
import { ReceiverFunction } from './receiver-function.ts';

export interface InterruptedLogoutFunctionProps {
  /** Must have a stream with new images. */
  readonly sessionsTable: ITableV2;
  readonly deferredLogouts: DeferredLogoutQueues;
}

/** The function that looks after every logout that was begun, and finishes those whose function died half-way. */
export class InterruptedLogoutFunction extends Construct {
  constructor(scope: Construct, id: string, { sessionsTable, deferredLogouts }: InterruptedLogoutFunctionProps) {
    super(scope, id);
    const { function: handler, role } = new ReceiverFunction(this, 'Function', {
      folder: 'interrupted-logout',
      description: 'Finishes the logouts whose function died half-way',
      timeout: Duration.seconds(60),
      environment: {
        SESSIONS_TABLE_NAME: sessionsTable.tableName,
        ...deferredLogouts.environment,
      },
    });
    // Beside what ending sessions takes, reading markers: of most logouts nothing is left to do.
    sessionsTable.grant(role, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query', 'dynamodb:BatchWriteItem');
    deferredLogouts.grantPut(role);
    handler.addEventSource(
      new DynamoEventSource(sessionsTable, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        // By then the function that began it is done, or dead.
        maxBatchingWindow: Duration.seconds(20),
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { sk: { S: FilterRule.isEqual('JTI') } } },
          }),
        ],
      }),
    );
  }
}
