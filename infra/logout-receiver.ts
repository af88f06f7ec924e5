import { Duration, Validations } from 'aws-cdk-lib';
import type { IDomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import packageJson from '../package.json' with { type: 'json' };
import { checkedRelyingParties } from './checked-relying-parties.ts';
import { DeferredLogoutQueues } from './constructs/deferred-logout-queues.ts';
import { FrontchannelLogout } from './constructs/frontchannel-logout.ts';
import type { FunctionSettings } from './constructs/function-settings.ts';
import { InterruptedLogoutFunction } from './constructs/interrupted-logout-function.ts';
import { JwksCacheTable } from './constructs/jwks-cache-table.ts';
import { JwksRefresh } from './constructs/jwks-refresh.ts';
import { letLogsUse } from './constructs/log-encryption.ts';
import { LogoutFunction } from './constructs/logout-function.ts';
import type { ReceiverFunction } from './constructs/receiver-function.ts';
import { receiverMetric } from './constructs/receiver-metric.ts';
import { SessionEndedEvents } from './constructs/session-ended-events.ts';
import { readExtraCa } from './extra-ca.ts';
import type { FrontDoor } from './front-door/front-door.ts';
import type { FrontDoorProps } from './front-door/front-door-props.ts';
import { newFrontDoor } from './front-door/new-front-door.ts';
import { checkedFunctionOptions, type FunctionOptions } from './function-options.ts';
import { functionOutputs } from './function-outputs.ts';
import type { LiveRelyingPartiesProps } from './live-relying-parties/live-relying-parties-props.ts';
import { relyingPartiesStore } from './live-relying-parties/relying-parties-store.ts';
import { LogoutDeployment } from './logout-deployment.ts';
import { Monitoring } from './monitoring/monitoring.ts';
import type { MonitoringProps } from './monitoring/monitoring-props.ts';
import { addOutputs } from './outputs.ts';
import type { RelyingPartiesProps } from './relying-party-settings.ts';
import { SessionsTable } from './sessions-table.ts';
import { type StageProps, serviceOf } from './stage.ts';

export interface LogoutReceiverProps
  extends RelyingPartiesProps,
    LiveRelyingPartiesProps,
    StageProps,
    FrontDoorProps,
    FunctionOptions,
    MonitoringProps {
  /**
   * The table of the sessions, with the keys, the time to live and the stream of a `SessionsTable`.
   * @default - a new one
   */
  readonly sessionsTable?: ITable;
  /**
   * Regions that a new table is replicated to, beside the stack's own. See docs/multi-region.md.
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
  /**
   * Units a second that a new table of sessions can take from its first second on. It costs money once, and cannot be
   * lowered again. See docs/scale.md.
   * @default - 12,000 read units and 4,000 write units, which every new table on demand has
   */
  readonly warmThroughput?: WarmThroughput;
  /**
   * Encrypts all that is stored: the sessions, unless their table is given, the keys of the issuers, the queues and the
   * logs.
   * @default - the tables have the account's key for DynamoDB, the queues of deferred logouts a new key, and the other
   *   queues and the logs the keys of their services
   */
  readonly encryptionKey?: IKey;
  /**
   * How new code takes over.
   * @default LogoutDeployment.allAtOnce()
   */
  readonly deployment?: LogoutDeployment;
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
  /** Judges relying parties before AWS AppConfig deploys them, where they live there. */
  readonly relyingPartiesValidator?: ReceiverFunction;
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
  /** The API that OPs and browsers reach: its access log, and its metrics. */
  readonly frontDoor: FrontDoor;
  /** Where `domainName` is set: to make records for it. */
  readonly customDomain?: IDomainName;
  readonly sessions: SessionsTable;
  readonly functions: LogoutReceiverFunctions;
  /** By their ids in docs/monitoring.md: give them further actions. */
  readonly alarms: Readonly<Record<string, Alarm>>;
  readonly #service: string;

  /**
   * @throws RelyingPartiesError where a relying party breaks a rule: the message names every field
   * @throws ConfigurationError where another property cannot be what it is
   */
  constructor(scope: Construct, id: string, props: LogoutReceiverProps) {
    super(scope, id);
    const { deployment = LogoutDeployment.allAtOnce() } = props;
    const checked = checkedRelyingParties(this, props);
    this.#service = serviceOf(this, props);
    const { deferredConcurrency, settings: options } = checkedFunctionOptions(this, props);
    const encryption = props.encryptionKey && { encryptionKey: props.encryptionKey };
    const ownSettings: FunctionSettings = {
      ...options,
      ...encryption,
      service: this.#service,
      shippedRelyingParties: checked.shipped,
      ...(props.extraCaFile !== undefined && { extraCaCertificates: readExtraCa(props.extraCaFile).pem }),
    };
    const store = relyingPartiesStore(this, props, ownSettings, checked);
    const { settings, secretIds } = store;
    this.sessions = new SessionsTable(this, 'SessionsTable', {
      ...(props.sessionsTable ? { table: props.sessionsTable } : encryption),
      ...(props.replicaRegions && { replicaRegions: props.replicaRegions }),
      ...(props.warmThroughput && { warmThroughput: props.warmThroughput }),
    });
    const jwksCacheTable = new JwksCacheTable(this, 'JwksCacheTable', { ...encryption }).table;
    const deferredLogouts = new DeferredLogoutQueues(this, 'DeferredLogouts', {
      consumerTimeout: DEFERRED_TIMEOUT,
      ...encryption,
    });
    if (props.encryptionKey) {
      letLogsUse(props.encryptionKey, this);
    }
    const shared = { settings, sessions: this.sessions, deferredLogouts };
    const judging = { ...shared, jwksCacheTable, secretIds };
    const backchannelLogout = new LogoutFunction(this, 'BackchannelLogout', {
      ...judging,
      folder: 'backchannel-logout',
      description: 'Receives OpenID Connect back-channel logout requests and ends sessions',
      timeout: Duration.seconds(10),
      hasAlias: deployment.usesAlias,
      reservedConcurrency: props.reservedConcurrency,
    }).handler;
    const deferredLogout = new LogoutFunction(this, 'DeferredLogout', {
      ...judging,
      folder: 'deferred-logout',
      description: 'Finishes the logouts that could not be completed when they were received',
      timeout: DEFERRED_TIMEOUT,
    }).handler;
    // The other one never does: what it cannot verify yet stays where it is.
    deferredLogouts.grantPutUnverified(backchannelLogout.role);
    deferredLogouts.feed(deferredLogout.function, deferredConcurrency);
    Validations.of(deferredLogout.function).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'An SQS event source has none: the queues hand what fails to their dead-letter queues.',
    });
    const jwksRefresh = new JwksRefresh(this, 'JwksRefresh', { settings, jwksCacheTable }).handler;
    const interruptedLogout = new InterruptedLogoutFunction(this, 'InterruptedLogout', shared);
    const { frontDoor, customDomain } = newFrontDoor(this, props, {
      apiName: this.#service,
      logRetention: settings.logRetention,
      handler: backchannelLogout.entryPoint,
      hasFrontchannel: props.frontchannelLogout ?? false,
      ...encryption,
    });
    this.frontDoor = frontDoor;
    this.backchannelLogoutUri = frontDoor.backchannelLogoutUri;
    if (customDomain) {
      this.customDomain = customDomain.domain;
    }
    const frontchannelLogout = props.frontchannelLogout
      ? new FrontchannelLogout(this, 'FrontchannelLogout', {
          ...shared,
          hasAlias: deployment.usesAlias,
          reservedConcurrency: props.frontchannelReservedConcurrency,
        }).handler
      : undefined;
    if (frontchannelLogout) {
      this.frontchannelLogoutUri = frontDoor.addFrontchannelLogout(frontchannelLogout.entryPoint);
    }
    deployment.bind(this, {
      service: this.#service,
      handlers: { BackchannelLogout: backchannelLogout, FrontchannelLogout: frontchannelLogout },
      serverErrors: (options) => frontDoor.metricServerError(options),
    });
    const sessionEndedEvents = props.sessionEndedEvents
      ? new SessionEndedEvents(this, 'SessionEndedEvents', shared)
      : undefined;
    this.functions = {
      ...{ backchannelLogout, deferredLogout, interruptedLogout: interruptedLogout.handler, jwksRefresh },
      ...(frontchannelLogout && { frontchannelLogout }),
      ...(sessionEndedEvents && { sessionEnded: sessionEndedEvents.handler }),
      ...store.functions,
    };
    store.deployAfter([backchannelLogout, deferredLogout, jwksRefresh, frontchannelLogout]);
    const monitored = {
      ...{ service: this.#service, functions: this.functions, front: frontDoor, jwksCacheTable, deferredLogouts },
      ...{ sessionsTable: this.sessions.table, interruptedLogoutsGivenUp: interruptedLogout.givenUpQueue },
      ...(sessionEndedEvents && { eventsGivenUp: sessionEndedEvents.givenUpQueue }),
      furtherAlarms: store.alarms,
    };
    const monitoring = new Monitoring(this, 'Monitoring', monitored, props);
    this.alarms = monitoring.alarms;
    addOutputs(this, [
      ['BackchannelLogoutUri', this.backchannelLogoutUri, 'Register this at the OP as backchannel_logout_uri'],
      ['FrontchannelLogoutUri', this.frontchannelLogoutUri, 'Register this at the OP as frontchannel_logout_uri'],
      [
        'CustomDomainTarget',
        props.hostedZone ? undefined : customDomain?.domain.regionalDomainName,
        'Point the custom domain at this host name, with a CNAME record',
      ],
      ...deferredLogouts.outputs,
      ...store.outputs,
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
      ['DashboardName', monitoring.dashboardName, 'Dashboard in CloudWatch that shows what is going on'],
      ...functionOutputs(this.functions),
      ['Version', packageJson.version, 'Version of logout-receiver that is deployed'],
    ]);
  }

  /** Logouts that were done when they were received. */
  metricAccepted(options?: MetricOptions): Metric {
    return this.metric('LogoutAccepted', options);
  }

  /**
   * Logout requests that were refused.
   *
   * @param reason one of docs/answers.md; without it, all
   */
  metricRejected(reason?: string, options?: MetricOptions): Metric {
    return this.#metricByReason('LogoutRejected', reason, options);
  }

  /**
   * Logouts that were kept, to be finished later.
   *
   * @param reason one of docs/answers.md; without it, all
   */
  metricDeferred(reason?: string, options?: MetricOptions): Metric {
    return this.#metricByReason('LogoutDeferred', reason, options);
  }

  /**
   * Logouts that were neither done nor kept: a user may still be signed in.
   *
   * @param reason one of docs/answers.md; without it, all
   */
  metricFailed(reason?: string, options?: MetricOptions): Metric {
    return this.#metricByReason('LogoutFailed', reason, options);
  }

  /** Sessions that logouts have ended, at once or later. */
  metricSessionsEnded(options?: MetricOptions): Metric {
    return this.metric('SessionsEnded', options);
  }

  /** Milliseconds from the receipt of a logout until its sessions had ended. By itself it is the 99th percentile. */
  metricDuration(options?: MetricOptions): Metric {
    return this.metric('LogoutDuration', { statistic: 'p99', ...options });
  }

  /** A metric that the functions write: docs/operating.md names all. By itself it is a sum over five minutes. */
  metric(metricName: string, options?: MetricOptions): Metric {
    return receiverMetric(this.#service, metricName, options);
  }

  #metricByReason(metricName: string, reason: string | undefined, options: MetricOptions = {}): Metric {
    const dimensionsMap = { ...options.dimensionsMap, ...(reason !== undefined && { Reason: reason }) };
    return this.metric(metricName, { ...options, dimensionsMap });
  }
}
