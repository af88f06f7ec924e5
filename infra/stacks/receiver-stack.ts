import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, type ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Construct } from 'constructs';
import packageJson from '../../package.json' with { type: 'json' };
import { BackchannelLogoutApi } from '../constructs/backchannel-logout-api.ts';
import { DeferredLogoutQueues } from '../constructs/deferred-logout-queues.ts';
import { FrontchannelLogout } from '../constructs/frontchannel-logout.ts';
import { InterruptedLogoutFunction } from '../constructs/interrupted-logout-function.ts';
import { JwksRefresh } from '../constructs/jwks-refresh.ts';
import { LogoutFunction } from '../constructs/logout-function.ts';
import { ProtectedTable } from '../constructs/protected-table.ts';
import { SessionEndedEvents } from '../constructs/session-ended-events.ts';

export interface ReceiverStackProps extends StackProps {
  /** With a stream of new and old images. */
  readonly sessionsTable: ITableV2;
  /** Path of the validated relying parties file. */
  readonly relyingPartiesFile: string;
  /**
   * Path of a checked PEM file of certificates that the functions trust beside the usual ones, where they fetch keys.
   * @default - none
   */
  readonly extraCaFile?: string;
  /** Names or ARNs of the secrets in AWS Secrets Manager that the relying parties need. */
  readonly secretIds: readonly string[];
  /**
   * Whether each session that ends is published on an event bus.
   * @default false
   */
  readonly sessionEndedEvents?: boolean;
  /**
   * Whether there is an endpoint for front-channel logout, which ends sessions of the relying parties that have it on.
   * Nobody signs its requests: see docs/front-channel.md.
   * @default false
   */
  readonly frontchannelLogout?: boolean;
}

/** The endpoint: HTTP API, functions, the queue of deferred logouts, and JWKS cache. */
export class ReceiverStack extends Stack {
  constructor(scope: Construct, id: string, props: ReceiverStackProps) {
    const {
      sessionsTable,
      relyingPartiesFile,
      extraCaFile,
      secretIds,
      sessionEndedEvents = false,
      frontchannelLogout = false,
      ...stackProps
    } = props;
    super(scope, id, { description: 'logout-receiver: the back-channel logout endpoint', ...stackProps });
    const jwksCacheTable = new ProtectedTable(this, 'JwksCacheTable', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
    }).table;
    const deferredTimeout = Duration.seconds(60);
    const deferredLogouts = new DeferredLogoutQueues(this, 'DeferredLogouts', { consumerTimeout: deferredTimeout });
    const files = { relyingPartiesFile, ...(extraCaFile !== undefined && { extraCaFile }) };
    const shared = { sessionsTable, jwksCacheTable, deferredLogouts, ...files, secretIds };
    const backchannelLogout = new LogoutFunction(this, 'BackchannelLogout', {
      ...shared,
      folder: 'backchannel-logout',
      description: 'Receives OpenID Connect back-channel logout requests and ends sessions',
      timeout: Duration.seconds(10),
    });
    const deferredLogout = new LogoutFunction(this, 'DeferredLogout', {
      ...shared,
      folder: 'deferred-logout',
      description: 'Finishes the logouts that could not be completed when they were received',
      timeout: deferredTimeout,
    });
    for (const queue of [deferredLogouts.queue, deferredLogouts.unverifiedQueue]) {
      deferredLogout.function.addEventSource(
        new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }),
      );
    }
    new JwksRefresh(this, 'JwksRefresh', { jwksCacheTable, ...files });
    const interruptedLogout = new InterruptedLogoutFunction(this, 'InterruptedLogout', {
      sessionsTable,
      deferredLogouts,
    });
    const api = new BackchannelLogoutApi(this, 'Api', { handler: backchannelLogout.function });

    new CfnOutput(this, 'BackchannelLogoutUri', {
      description: 'Register this at the OP as backchannel_logout_uri',
      value: api.backchannelLogoutUri,
    });
    new CfnOutput(this, 'DeferredLogoutQueueUrl', {
      description: 'Queue of the verified logouts that could not be completed yet',
      value: deferredLogouts.queue.queueUrl,
    });
    new CfnOutput(this, 'DeadLetterQueueUrl', {
      description: 'Queue of the logouts that were given up: look at each',
      value: deferredLogouts.deadLetterQueue.queueUrl,
    });
    new CfnOutput(this, 'UnverifiedLogoutQueueUrl', {
      description: 'Queue of the logouts whose token could not be verified yet',
      value: deferredLogouts.unverifiedQueue.queueUrl,
    });
    new CfnOutput(this, 'UnverifiedDeadLetterQueueUrl', {
      description: 'Queue of the logouts whose token could not be verified for a day',
      value: deferredLogouts.unverifiedDeadLetterQueue.queueUrl,
    });
    new CfnOutput(this, 'InterruptedLogoutsGivenUpQueueUrl', {
      description: 'Queue that says which logouts were begun and given up: look at each within 18 hours',
      value: interruptedLogout.givenUpQueue.queueUrl,
    });
    new CfnOutput(this, 'JwksCacheTableName', {
      description: 'Table that holds the issuers JWKS between function instances',
      value: jwksCacheTable.tableName,
    });
    new CfnOutput(this, 'Version', {
      description: 'Version of logout-receiver that is deployed',
      value: packageJson.version,
    });
    if (frontchannelLogout) {
      const { handler } = new FrontchannelLogout(this, 'FrontchannelLogout', {
        ...{ sessionsTable, deferredLogouts, relyingPartiesFile },
      });
      new CfnOutput(this, 'FrontchannelLogoutUri', {
        description: 'Register this at the OP as frontchannel_logout_uri',
        value: api.addFrontchannelLogout(handler),
      });
    }
    if (sessionEndedEvents) {
      const { eventBus, givenUpQueue } = new SessionEndedEvents(this, 'SessionEndedEvents', { sessionsTable });
      new CfnOutput(this, 'SessionEndedEventBusName', {
        description: 'Event bus on which the end of each session is published: put rules on it',
        value: eventBus.eventBusName,
      });
      new CfnOutput(this, 'SessionEndedEventsGivenUpQueueUrl', {
        description: 'Queue that says which ends of sessions could not be published',
        value: givenUpQueue.queueUrl,
      });
    }
  }
}
