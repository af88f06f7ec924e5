import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface DeferredLogoutQueueProps {
  /** How long the function that finishes deferred logouts may run. */
  readonly consumerTimeout: Duration;
}

/** Before the first try: an outage is rarely over in less. Later ones are put off for twice as long each, up to an hour. */
const FIRST_DELAY_SECONDS = 30;
/** Together they take a day. */
const MAX_RECEIVE_COUNT = 30;

/**
 * The queue of logouts that could not be completed, its dead-letter queue, and the alarms on what gets lost.
 *
 * Its messages hold logout tokens: both queues are encrypted with a key of their own.
 */
export class DeferredLogoutQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly #key: Key;

  constructor(scope: Construct, id: string, props: DeferredLogoutQueueProps) {
    super(scope, id);
    this.#key = new Key(this, 'Key', {
      description: 'Encrypts the logout tokens in the queue of deferred logouts',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const encrypted = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.#key,
      enforceSSL: true,
      // The longest that there is: somebody must come and look.
      retentionPeriod: Duration.days(14),
    };
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', encrypted);
    this.queue = new Queue(this, 'Resource', {
      ...encrypted,
      // What AWS advises for a queue that a function is fed from.
      visibilityTimeout: Duration.seconds(6 * props.consumerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    this.#alarm('DeadLetters', {
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      alarmDescription:
        'A logout was tried for a day and is not done: its user is still signed in. See docs/operating.md, Deferred logouts.',
    });
    this.#alarm('LogoutsNotKept', {
      metric: new Metric({
        namespace: 'LogoutReceiver',
        metricName: 'LogoutNotKept',
        dimensionsMap: { service: 'logout-receiver' },
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      }),
      alarmDescription:
        'A logout failed and could not be kept either: its user is still signed in, unless the OP sends it again. See docs/operating.md, Deferred logouts.',
    });
  }

  /** What tells a function of the queue. */
  get environment(): Record<string, string> {
    return {
      DEFERRED_LOGOUT_QUEUE_URL: this.queue.queueUrl,
      DEFERRED_LOGOUT_DELAY_SECONDS: String(FIRST_DELAY_SECONDS),
    };
  }

  /** Exactly what putting a logout into the queue takes. */
  grantPut(grantee: IGrantable): void {
    this.queue.grant(grantee, 'sqs:SendMessage');
    this.#key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
  }

  #alarm(id: string, { metric, alarmDescription }: { metric: Metric; alarmDescription: string }): void {
    new Alarm(this, id, {
      metric,
      alarmDescription,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
