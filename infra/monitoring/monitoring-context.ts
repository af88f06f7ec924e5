import { Duration } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { ConfigurationError } from '../configuration-error.ts';
import { isOn } from '../context-switch.ts';
import type { MonitoringProps } from './monitoring-props.ts';

/** What the app is told of monitoring. */
export interface MonitoringContext {
  /** Of the SNS topic that alarms are told to. */
  readonly alarmTopicArn: string | undefined;
  readonly dashboard: boolean;
  /** After how many days without a logout an alarm rings. */
  readonly noLogoutAlarmDays: number | undefined;
}

/** The context keys that this file reads. */
export const MONITORING_KEYS = ['alarmTopicArn', 'dashboard', 'noLogoutAlarmDays'];

/** Alarms cannot publish to FIFO topics, whose names have a dot. */
const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;

/** @throws ConfigurationError where a value is none that can be */
export function readMonitoringContext(context: Record<string, unknown>): MonitoringContext {
  const { alarmTopicArn, noLogoutAlarmDays: days } = context;
  if (alarmTopicArn !== undefined && (typeof alarmTopicArn !== 'string' || !TOPIC.test(alarmTopicArn))) {
    throw new ConfigurationError(
      `context alarmTopicArn: ${alarmTopicArn}: allowed is the ARN of a standard SNS topic, arn:aws:sns:REGION:ACCOUNT:NAME`,
    );
  }
  if (days !== undefined && !/^[1-7]$/.test(String(days))) {
    throw new ConfigurationError(`context noLogoutAlarmDays: ${days}: allowed is a number of days, 1 to 7`);
  }
  return {
    alarmTopicArn,
    dashboard: isOn(context, 'dashboard', true),
    noLogoutAlarmDays: days === undefined ? undefined : Number(days),
  };
}

/** What a receiver is given for it. */
export function monitoringProps(scope: Construct, context: MonitoringContext): MonitoringProps {
  const { alarmTopicArn, dashboard, noLogoutAlarmDays } = context;
  return {
    dashboard,
    ...(alarmTopicArn !== undefined && { alarmTopic: Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn) }),
    ...(noLogoutAlarmDays !== undefined && { noLogoutAlarm: Duration.days(noLogoutAlarmDays) }),
  };
}
