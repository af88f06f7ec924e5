import { Duration, Validations } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import packageJson from '../package.json' with { type: 'json' };
import { secretIdsOf } from '../receiver/relying-parties/relying-parties.ts';
import { checkedRelyingParties } from './checked-relying-parties.ts';
import { BackchannelLogoutApi } from './constructs/backchannel-logout-api.ts';
import { DeferredLogoutQueues } from './constructs/deferred-logout-queues.ts';
import { FrontchannelLogout } from './constructs/frontchannel-logout.ts';
import type { FunctionSettings } from './constructs/function-settings.ts';
import { InterruptedLogoutFunction } from './constructs/interrupted-logout-function.ts';
import { JwksCacheTable } from './constructs/jwks-cache-table.ts';
import { JwksRefresh } from './constructs/jwks-refresh.ts';
import { LogoutFunction } from './constructs/logout-function.ts';
import type { ReceiverFunction } from './constructs/receiver-function.ts';
import { receiverMetric } from './constructs/receiver-metric.ts';
import { SessionEndedEvents } from './constructs/session-ended-events.ts';
import { readExtraCa } from './extra-ca.ts';
import { addOutputs } from './outputs.ts';
import type { RelyingPartiesProps } from './relying-party-settings.ts';
import { SessionsTable } from './sessions-table.ts';
import { type StageProps, serviceOf } from './stage.ts';

export interface LogoutReceiverProps extends RelyingPartiesProps, StageProps {
  /**
   * The table of the sessions, with the keys, the time to live and the stream of a `SessionsTable`.
   * @default - a new one
   */
  readonly sessionsTable?: ITable;
  /**
   * Path of a PEM file of certificates to trust beside the usual ones, where keys are fetched.
   * @default - none
   */
  readonly extraCaFile?: string;
  /**
   * Whether each session that ends is published on an event bus.
   * @default false
   */
  readonly sessionEndedEvents?: boolean;
}

/** The functions of a receiver, each with its role and its log group. */
export interface LogoutReceiverFunctions {
  /** Answers the OP. */
  readonly backchannelLogout: ReceiverFunction;
  /** Finishes the logouts that could not be completed when they were received. */
  readonly deferredLogout: ReceiverFunction;
  /** Finishes the logouts whose function died half-way. */
  readonly interruptedLogout: ReceiverFunction;
  /** Fetches the keys of the issuers ahead of time. */
  readonly jwksRefresh: ReceiverFunction;
  /** Answers browsers, where front-channel logout is turned on. */
  readonly frontchannelLogout?: ReceiverFunction;
  /** Publishes session-ended events, where they are turned on. */
  readonly sessionEnded?: ReceiverFunction;
}

const DEFERRED_TIMEOUT = Duration.seconds(60);

/**
 * A receiver of OpenID Connect back-channel logout: the endpoint, the functions that verify logout tokens and end sessions,
 * the queues of deferred logouts, the JWKS cache, and the table of the sessions, unless it is given.
 *
 * Its tree is part of what users rely on: another path of a table, a queue or the API replaces it.
 */
export class LogoutReceiver extends Construct {
  /** Register it at the OP as `backchannel_logout_uri`. */
  readonly backchannelLogoutUri: string;
  /** Where front-channel logout is turned on: register it at the OP as `frontchannel_logout_uri`. */
  readonly frontchannelLogoutUri?: string;
  readonly sessions: SessionsTable;
  readonly functions: LogoutReceiverFunctions;
  readonly #service: string;

  /**
   * @throws RelyingPartiesError where a relying party breaks a rule: the message names every field
   * @throws ConfigurationError where another property cannot be what it is
   */
  constructor(scope: Construct, id: string, props: LogoutReceiverProps) {
    super(scope, id);
    const { relyingParties, json } = checkedRelyingParties(this, props);
    this.#service = serviceOf(this, props);
    const settings: FunctionSettings = {
      service: this.#service,
      logRetention: RetentionDays.THREE_MONTHS,
      relyingPartiesJson: json,
      ...(props.extraCaFile !== undefined && { extraCaCertificates: readExtraCa(props.extraCaFile).pem }),
    };
    this.sessions = new SessionsTable(this, 'SessionsTable', {
      ...(props.sessionsTable && { table: props.sessionsTable }),
    });
    const jwksCacheTable = new JwksCacheTable(this, 'JwksCacheTable').table;
    const deferredLogouts = new DeferredLogoutQueues(this, 'DeferredLogouts', {
      service: this.#service,
      consumerTimeout: DEFERRED_TIMEOUT,
    });
    const shared = { settings, sessions: this.sessions, deferredLogouts };
    const judging = { ...shared, jwksCacheTable, secretIds: secretIdsOf(relyingParties) };
    const backchannelLogout = new LogoutFunction(this, 'BackchannelLogout', {
      ...judging,
      folder: 'backchannel-logout',
      description: 'Receives OpenID Connect back-channel logout requests and ends sessions',
      timeout: Duration.seconds(10),
    }).handler;
    const deferredLogout = new LogoutFunction(this, 'DeferredLogout', {
      ...judging,
      folder: 'deferred-logout',
      description: 'Finishes the logouts that could not be completed when they were received',
      timeout: DEFERRED_TIMEOUT,
    }).handler;
    for (const queue of [deferredLogouts.queue, deferredLogouts.unverifiedQueue]) {
      deferredLogout.function.addEventSource(
        new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }),
      );
    }
    Validations.of(deferredLogout.function).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'An SQS event source has none: the queues hand what fails to their dead-letter queues.',
    });
    const jwksRefresh = new JwksRefresh(this, 'JwksRefresh', { settings, jwksCacheTable }).handler;
    const interruptedLogout = new InterruptedLogoutFunction(this, 'InterruptedLogout', shared);
    const api = new BackchannelLogoutApi(this, 'Api', {
      apiName: this.#service,
      logRetention: settings.logRetention,
      handler: backchannelLogout.function,
    });
    this.backchannelLogoutUri = api.backchannelLogoutUri;
    const frontchannelLogout = props.frontchannelLogout
      ? new FrontchannelLogout(this, 'FrontchannelLogout', shared).handler
      : undefined;
    if (frontchannelLogout) {
      this.frontchannelLogoutUri = api.addFrontchannelLogout(frontchannelLogout.function);
    }
    const sessionEndedEvents = props.sessionEndedEvents
      ? new SessionEndedEvents(this, 'SessionEndedEvents', shared)
      : undefined;
    this.functions = {
      ...{ backchannelLogout, deferredLogout, interruptedLogout: interruptedLogout.handler, jwksRefresh },
      ...(frontchannelLogout && { frontchannelLogout }),
      ...(sessionEndedEvents && { sessionEnded: sessionEndedEvents.handler }),
    };
    addOutputs(this, [
      ['BackchannelLogoutUri', this.backchannelLogoutUri, 'Register this at the OP as backchannel_logout_uri'],
      ['FrontchannelLogoutUri', this.frontchannelLogoutUri, 'Register this at the OP as frontchannel_logout_uri'],
      ...deferredLogouts.outputs,
      [
        'InterruptedLogoutsGivenUpQueueUrl',
        interruptedLogout.givenUpQueue.queueUrl,
        'Queue that says which logouts were begun and given up: look at each within 18 hours',
      ],
      ['JwksCacheTableName', jwksCacheTable.tableName, 'Table that holds the issuers JWKS between function instances'],
      [
        'SessionEndedEventBusName',
        sessionEndedEvents?.eventBus.eventBusName,
        'Event bus on which the end of each session is published: put rules on it',
      ],
      [
        'SessionEndedEventsGivenUpQueueUrl',
        sessionEndedEvents?.givenUpQueue.queueUrl,
        'Queue that says which ends of sessions could not be published',
      ],
      ['SessionsTableName', this.sessions.tableName, 'Table name that relying parties give to SessionStore'],
      ['Version', packageJson.version, 'Version of logout-receiver that is deployed'],
    ]);
  }

  /** Refused logout requests, for each reason by itself. */
  metricRejected(reason: string, options?: MetricOptions): Metric {
    return this.metric('LogoutRejected', { ...options, dimensionsMap: { Reason: reason } });
  }

  /** A metric that the functions write: docs/operating.md names all. By itself it is a sum over five minutes. */
  metric(metricName: string, options?: MetricOptions): Metric {
    return receiverMetric(this.#service, metricName, options);
  }
}
