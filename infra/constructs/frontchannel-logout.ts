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
  /**
   * Executions that it can always have, and can have at most.
   * @default - none
   */
  readonly reservedConcurrency?: number | undefined;
  /** @default false */
  readonly hasAlias?: boolean;
}

/**
 * The function that answers front-channel logout requests. It is one of its own: it verifies nothing, and so may read
 * neither secrets nor keys.
 */
export class FrontchannelLogout extends Construct {
  readonly handler: ReceiverFunction;

  constructor(scope: Construct, id: string, props: FrontchannelLogoutProps) {
    super(scope, id);
    const { settings, sessions, deferredLogouts, ...rest } = props;
    this.handler = new ReceiverFunction(this, 'Function', {
      ...rest,
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
