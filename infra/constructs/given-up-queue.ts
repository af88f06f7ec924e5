import { Duration, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface GivenUpQueueProps {
  /** What it means that something is in the queue, and where to read what to do. */
  readonly alarmDescription: string;
}

/**
 * The queue of what the event source of a table's stream has given up, and the alarm on it. Lambda says in it which records
 * those are, and not what they hold.
 */
export class GivenUpQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { alarmDescription }: GivenUpQueueProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    for (const id of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy']) {
      const reason = 'It is a dead-letter queue itself, of an event source mapping, and nothing consumes it.';
      Validations.of(this.queue).acknowledge({ id, reason });
    }
    new Alarm(this, 'Alarm', {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      alarmDescription,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
