import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  MathExpression,
  type MetricOptions,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { receiverMetric } from '../constructs/receiver-metric.ts';
import { deployedFunctions } from './function-alarms.ts';
import { estimatedCosts } from './list-prices.ts';
import type { Monitored } from './monitored.ts';
import { TableMetrics } from './table-metrics.ts';

export interface ReceiverDashboardProps {
  readonly monitored: Monitored;
  readonly alarms: readonly Alarm[];
}

/** Of the 24 columns that a dashboard has. */
const THIRD = { width: 8, height: 6 };

/** What is going on, at a glance. CloudWatch chooses its name, so that two receivers never collide. */
export class ReceiverDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, { monitored, alarms }: ReceiverDashboardProps) {
    super(scope, id);
    this.dashboard = new Dashboard(this, 'Resource', {
      defaultInterval: Duration.days(1),
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 4 })],
        logouts(monitored),
        waiting(monitored),
        speed(monitored),
        costs(monitored),
      ],
    });
  }
}

function logouts({ service, front, functions }: Monitored): IWidget[] {
  const count = counting(service);
  const frontchannel = (...metrics: IMetric[]) => (functions.frontchannelLogout ? metrics : []);
  return [
    graph('Received and done', [
      front.metricCount({ statistic: Stats.SUM, label: 'requests' }),
      count('LogoutAccepted', 'logouts done at once'),
      count('DeferredLogoutCompleted', 'deferred logouts done'),
      ...frontchannel(count('FrontchannelLogoutAccepted', 'front-channel logouts done')),
      count('SessionsEnded', 'sessions ended'),
    ]),
    graph('Refused, by reason', [
      byReason(service, 'LogoutRejected'),
      ...frontchannel(byReason(service, 'FrontchannelLogoutRejected')),
    ]),
    graph('Failed: somebody may still be signed in', [
      byReason(service, 'LogoutFailed'),
      ...frontchannel(byReason(service, 'FrontchannelLogoutFailed')),
      count('LogoutNotKept', 'not kept'),
      count('InterruptedLogoutNotKept', 'interrupted and not kept'),
    ]),
  ];
}

function waiting({
  service,
  functions,
  deferredLogouts,
  interruptedLogoutsGivenUp,
  eventsGivenUp,
}: Monitored): IWidget[] {
  const { queue, unverifiedQueue, deadLetterQueue, unverifiedDeadLetterQueue } = deferredLogouts;
  const age = (metricName: string, label: string) =>
    receiverMetric(service, metricName, { statistic: Stats.MAXIMUM, label });
  const untaken = (waitingIn: IQueue, label: string) =>
    waitingIn.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, label });
  const held = (given: IQueue, label: string) =>
    given.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label });
  return [
    graph('Deferred, by reason', [
      byReason(service, 'LogoutDeferred'),
      ...(functions.frontchannelLogout ? [byReason(service, 'FrontchannelLogoutDeferred')] : []),
    ]),
    graph(
      'Age of the oldest deferred logout',
      [
        age('DeferredLogoutAge', 'verified, tries fail'),
        age('UnverifiedLogoutAge', 'unverified, tries fail'),
        untaken(queue, 'verified, not taken'),
        untaken(unverifiedQueue, 'unverified, not taken'),
      ],
      { leftYAxis: { label: 'seconds', showUnits: false, min: 0 } },
    ),
    graph('Given up: look at each', [
      held(deadLetterQueue, 'dead letters'),
      held(unverifiedDeadLetterQueue, 'unverified dead letters'),
      held(interruptedLogoutsGivenUp, 'interrupted logouts'),
      ...(eventsGivenUp ? [held(eventsGivenUp, 'session-ended events')] : []),
    ]),
  ];
}

function speed({ service, functions, sessionsTable, jwksCacheTable }: Monitored): IWidget[] {
  const count = counting(service);
  const duration = (statistic: string) => receiverMetric(service, 'LogoutDuration', { statistic, label: statistic });
  return [
    graph('From receipt to done', [duration('p50'), duration('p99')], {
      leftYAxis: { label: 'milliseconds', showUnits: false, min: 0 },
    }),
    graph('Keys of the issuers', [count('JwksFetched', 'fetched'), count('JwksFetchFailed', 'not fetched')], {
      right: [receiverMetric(service, 'JwksAge', { statistic: Stats.MAXIMUM, label: 'age of the oldest' })],
      rightYAxis: { label: 'seconds', showUnits: false, min: 0 },
    }),
    graph('Throttled', [
      count('RequestsThrottled', 'API (429)'),
      ...deployedFunctions(functions).map(([name, deployed]) =>
        deployed.function.metricThrottles({ statistic: Stats.SUM, label: name }),
      ),
      new TableMetrics('sessions', sessionsTable.tableName).throttles.with({ label: 'sessions table' }),
      new TableMetrics('jwksCache', jwksCacheTable.tableName).throttles.with({ label: 'JWKS cache table' }),
    ]),
  ];
}

function costs(monitored: Monitored): IWidget[] {
  return [
    new SingleValueWidget({
      title: 'Estimated cost of the time shown, in US$',
      metrics: [...estimatedCosts(monitored)],
      setPeriodToTimeRange: true,
      fullPrecision: true,
      width: 16,
      height: 4,
    }),
    new TextWidget({
      markdown: [
        'What was used, at the **list prices of us-east-1**, without free tier or discounts.',
        'Not in it: logs, queues, the key, alarms, metrics and this dashboard, which cost the same every month: docs/monitoring.md.',
      ].join(' '),
      width: 8,
      height: 4,
    }),
  ];
}

function graph(title: string, left: IMetric[], more: Partial<GraphWidgetProps> = {}): GraphWidget {
  return new GraphWidget({ title, left, leftYAxis: { min: 0 }, ...THIRD, ...more });
}

const counting = (service: string) => (metricName: string, label: string, options?: MetricOptions) =>
  receiverMetric(service, metricName, { label, ...options });

/** Whatever reasons there are: each is a line. Those for all reasons together have no such dimension, and do not count twice. */
function byReason(service: string, metricName: string): MathExpression {
  return new MathExpression({
    expression: `SEARCH('{LogoutReceiver,service,Reason} MetricName="${metricName}" service="${service}"', 'Sum')`,
    usingMetrics: {},
    label: '',
  });
}
