import { Duration } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { DeferredLogoutQueues } from './deferred-logout-queues.ts';
import { ReceiverFunction } from './receiver-function.ts';

export interface FrontchannelLogoutProps {
  readonly sessionsTable: ITableV2;
  readonly deferredLogouts: DeferredLogoutQueues;
  /** Path of the validated relying parties file. */
  readonly relyingPartiesFile: string;
}

/**
 * The function that answers front-channel logout requests. It is one of its own: it verifies nothing, and so may read
 * neither secrets nor keys.
 */
export class FrontchannelLogout extends Construct {
  readonly handler: IFunction;

  constructor(scope: Construct, id: string, { sessionsTable, deferredLogouts, ...file }: FrontchannelLogoutProps) {
    super(scope, id);
    const { function: handler, role } = new ReceiverFunction(this, 'Function', {
      ...file,
      folder: 'frontchannel-logout',
      description: 'Receives OpenID Connect front-channel logout requests and ends sessions',
      timeout: Duration.seconds(10),
      environment: { SESSIONS_TABLE_NAME: sessionsTable.tableName, ...deferredLogouts.unverifiedEnvironment },
    });
    this.handler = handler;
    // Exactly what ending sessions takes, and counting requests. Single items are never deleted here.
    sessionsTable.grant(role, 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query', 'dynamodb:BatchWriteItem');
    deferredLogouts.grantPutUnverified(role);
  }
}
