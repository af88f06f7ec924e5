import { Duration, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DlqDestinationConfig, IEventSourceDlq, IEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface GivenUpQueueProps {
  /** What it means that something is in the queue, and where to read what to do. */
  readonly alarmDescription: string;
  /** @default - SQS' own key */
  readonly encryptionKey?: IKey;
}

/**
 * The queue of what the event source of a table's stream has given up, and the alarm on it. Lambda says in it which records
 * those are, and not what they hold.
 */
export class GivenUpQueue extends Construct implements IEventSourceDlq {
  readonly queue: Queue;
  readonly #encryptionKey: IKey | undefined;

  constructor(scope: Construct, id: string, { alarmDescription, encryptionKey }: GivenUpQueueProps) {
    super(scope, id);
    this.#encryptionKey = encryptionKey;
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      ...(encryptionKey && { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
    });
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, of an event source mapping, and nothing consumes it.',
    });
    new Alarm(this, 'Alarm', {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      alarmDescription,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /**
   * Makes it the destination of a mapping: Lambda writes to it with the function's role. `SqsDlq` would also let the
   * function ask for the queue's URL and attributes, and encrypt with the key at will.
   */
  bind(_mapping: IEventSourceMapping, handler: IFunction): DlqDestinationConfig {
    this.queue.grant(handler, 'sqs:SendMessage');
    this.#encryptionKey?.grant(handler, 'kms:GenerateDataKey', 'kms:Decrypt');
    return { destination: this.queue.queueArn };
  }
}
