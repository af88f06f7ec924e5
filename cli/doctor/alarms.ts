import { inPlainWords } from '../aws/aws-failure.ts';
import type { AwsConfiguration } from '../aws/aws-options.ts';
import { shortName } from '../aws/resource-name.ts';
import type { Finding } from '../finding.ts';

export interface AlarmState {
  readonly name: string;
  readonly state: string;
  readonly description: string;
  readonly hasActions: boolean;
}

/** What CloudWatch describes at once. */
const PAGE = 100;

/**
 * @param names of the alarms
 * @throws FailedError where nobody may look
 */
export async function readAlarms(
  configuration: AwsConfiguration,
  names: readonly string[],
): Promise<readonly AlarmState[]> {
  const { CloudWatchClient, DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = new CloudWatchClient(configuration);
  const command = new DescribeAlarmsCommand({ AlarmNames: names.slice(0, PAGE), MaxRecords: PAGE });
  const { MetricAlarms = [] } = names.length === 0 ? {} : await inPlainWords(client.send(command));
  return MetricAlarms.map(({ AlarmName, StateValue, AlarmDescription, ActionsEnabled, AlarmActions = [] }) => ({
    name: AlarmName ?? '',
    state: StateValue ?? 'unknown',
    description: AlarmDescription ?? '',
    hasActions: ActionsEnabled !== false && AlarmActions.length > 0,
  }));
}

/** The id that an alarm has in docs/monitoring.md: a construct of that name makes them all. */
function alarmId(name: string): string {
  return shortName(name).replace(/^.*Monitoring/, '');
}

/** @param names of the alarms that the stack has made */
export function alarmFindings(names: readonly string[], alarms: readonly AlarmState[]): readonly Finding[] {
  const missing = names.filter((name) => !alarms.some((alarm) => alarm.name === name));
  const ringing = alarms.filter(({ state }) => state === 'ALARM');
  const silent = alarms.filter(({ hasActions }) => !hasActions);
  const calm: Finding = { code: 'alarm', level: 'good', text: `none of ${alarms.length} alarms is in ALARM` };
  return [
    ...missing.map(
      (name): Finding => ({
        code: 'alarm_missing',
        level: 'problem',
        text: `the alarm ${alarmId(name)} was deleted`,
        advice: 'deploy again, from a stack without drift: cdk drift',
      }),
    ),
    ...ringing.map(
      ({ name, description }): Finding => ({
        code: 'alarm',
        level: 'problem',
        text: `the alarm ${alarmId(name)} rings`,
        advice: description,
      }),
    ),
    ...(ringing.length === 0 ? [calm] : []),
    silent.length === 0
      ? { code: 'alarm_actions', level: 'good', text: 'all alarms have actions' }
      : {
          code: 'alarm_actions',
          level: 'problem',
          text:
            silent.length === alarms.length
              ? `none of ${alarms.length} alarms has an action: nobody hears them`
              : `${silent.length} of ${alarms.length} alarms have no action: nobody hears ${silent.map(({ name }) => alarmId(name)).join(', ')}`,
          advice: 'deploy with an SNS topic that somebody reads: -c alarmTopicArn=ARN, or alarmTopic of LogoutReceiver',
        },
  ];
}
