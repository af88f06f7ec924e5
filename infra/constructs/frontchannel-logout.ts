import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { SessionsTable } from '../sessions-table.ts';
import type { DeferredLogoutQueues } from './deferred-logout-queues.ts';
import type { FunctionSettings } from './function-settings.ts';
import { ReceiverFunction } from './receiver-function.ts';
import { END_SESSIONS } from './session-grants.ts';

export interface FrontchannelLogoutProps {
  readonly settings: FunctionSettings;
  readonly sessions: SessionsTable;
  readonly deferredLogouts: DeferredLogoutQueues;
}

/**
 * The function that answers front-channel logout requests. It is one of its own: it verifies nothing, and so may read
 * neither secrets nor keys.
 */
export class FrontchannelLogout extends Construct {
  readonly handler: ReceiverFunction;

  constructor(scope: Construct, id: string, { settings, sessions, deferredLogouts }: FrontchannelLogoutProps) {
    super(scope, id);
    this.handler = new ReceiverFunction(this, 'Function', {
      settings,
      folder: 'frontchannel-logout',
      description: 'Receives OpenID Connect front-channel logout requests and ends sessions',
      timeout: Duration.seconds(10),
      environment: { SESSIONS_TABLE_NAME: sessions.tableName, ...deferredLogouts.unverifiedEnvironment },
      readsRelyingParties: true,
    });
    // Beside ending sessions, it counts requests. Single items are never deleted here.
    sessions.grant(this.handler.role, ...END_SESSIONS);
    deferredLogouts.grantPutUnverified(this.handler.role);
  }
}
