import type { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

export interface MonitoringProps {
  /**
   * Where alarms say that they ring, and that they ring no more. Its policy, and that of its key, get a statement for
   * CloudWatch where they can be changed.
   * @default - nobody is told, which synthesis warns of
   */
  readonly alarmTopic?: ITopic;
  /**
   * Whether a dashboard is made, which CloudWatch charges 3 US$ a month for beyond three in an account.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * After how long without one accepted logout an alarm rings: whole days, 1 to 7, which is as far as CloudWatch alarms
   * look back. It rings until the first logout, too.
   * @default - no such alarm: a quiet application may have no logout in a week
   */
  readonly noLogoutAlarm?: Duration;
}
