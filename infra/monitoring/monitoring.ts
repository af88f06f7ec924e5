import { Annotations, type Duration } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnQueryDefinition, FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ConfigurationError } from '../configuration-error.ts';
import { METRICS_NAMESPACE } from '../constructs/receiver-metric.ts';
import { alarmsOf } from './alarm-table.ts';
import { allowAlarms } from './alarm-topic.ts';
import { deployedFunctions } from './function-alarms.ts';
import type { Monitored } from './monitored.ts';
import type { MonitoringProps } from './monitoring-props.ts';
import { newAlarm } from './receiver-alarm.ts';
import { ReceiverDashboard } from './receiver-dashboard.ts';
import { SAVED_QUERIES } from './saved-queries.ts';

/** CloudWatch alarms look at a week at most: `Period` times `EvaluationPeriods` of PutMetricAlarm. */
const MOST_DAYS = 7;

/** Alarms, dashboard and saved queries of a receiver. */
export class Monitoring extends Construct {
  /** By their ids in docs/monitoring.md. */
  readonly alarms: Readonly<Record<string, Alarm>>;
  readonly dashboardName?: string;

  /** @throws ConfigurationError where no alarm can look so far back */
  constructor(scope: Construct, id: string, monitored: Monitored, props: MonitoringProps) {
    super(scope, id);
    const alarms = alarmsOf(monitored, noLogoutDays(this, props.noLogoutAlarm));
    this.alarms = Object.fromEntries([
      ...alarms.map((alarm) => [alarm.id, newAlarm(this, alarm)] as const),
      ...monitored.furtherAlarms.map((alarm) => [alarm.node.id, alarm] as const),
    ]);
    this.#countThrottled(monitored);
    this.#tell(props.alarmTopic);
    this.#saveQueries(monitored);
    if (props.dashboard ?? true) {
      const { dashboard } = new ReceiverDashboard(this, 'Dashboard', { monitored, alarms: Object.values(this.alarms) });
      this.dashboardName = dashboard.dashboardName;
    }
  }

  /** The API counts what it throttles among all answers of 400 and above, and most of those are refused tokens. */
  #countThrottled({ front }: Monitored): void {
    new MetricFilter(this, 'RequestsThrottled', {
      logGroup: front.accessLog,
      filterPattern: FilterPattern.stringValue('$.status', '=', '429'),
      metricNamespace: METRICS_NAMESPACE,
      metricName: 'RequestsThrottled',
      metricValue: '1',
      dimensions: { service: '$.service' },
    });
  }

  #tell(topic: ITopic | undefined): void {
    if (topic === undefined) {
      Annotations.of(this).addWarningV2(
        'logout-receiver:alarmTopic',
        'nobody is told when an alarm rings: give alarmTopic, or to the app -c alarmTopicArn=ARN',
      );
      return;
    }
    allowAlarms(this, topic);
    const action = new SnsAction(topic);
    for (const alarm of Object.values(this.alarms)) {
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }

  #saveQueries({ service, functions, front }: Monitored): void {
    const functionLogs = deployedFunctions(functions).map(([, { logGroup }]) => logGroup.logGroupName);
    for (const { id, name, log, text } of SAVED_QUERIES) {
      new CfnQueryDefinition(this, id, {
        // The console shows a folder for each receiver.
        name: `${service}/${name}`,
        queryString: text,
        logGroupNames: log === 'api' ? [front.accessLog.logGroupName] : functionLogs,
      });
    }
  }
}

function noLogoutDays(scope: Construct, after: Duration | undefined): number | undefined {
  const days = after?.toDays({ integral: false });
  if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= MOST_DAYS)) {
    throw new ConfigurationError(
      `${scope.node.path}: noLogoutAlarm: found ${days} days, allowed: whole days, 1 to ${MOST_DAYS}, which is as far as CloudWatch alarms look back`,
    );
  }
  return days;
}
