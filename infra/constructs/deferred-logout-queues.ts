import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Output } from '../outputs.ts';
import { receiverMetric } from './receiver-metric.ts';

export interface DeferredLogoutQueuesProps {
  /** Dimension `service` of the metrics. */
  readonly service: string;
  /** How long the function that finishes deferred logouts may run. */
  readonly consumerTimeout: Duration;
}

/** Before the first try: an outage is rarely over in less. Later ones are put off for twice as long each, up to an hour. */
const FIRST_DELAY_SECONDS = 30;
/** Together they take a day. */
const MAX_RECEIVE_COUNT = 30;

/**
 * The queues of logouts that could not be completed, their dead-letter queues, and the alarms on what gets lost.
 *
 * There is one queue for logouts whose token was verified, and one for those whose token could not be verified yet. Anyone
 * who can reach the endpoint can put messages into the second one, and must neither hold up nor bury those in the first.
 * Messages may hold logout tokens: all queues are encrypted with a key of their own.
 */
export class DeferredLogoutQueues extends Construct {
  /** Verified logouts. */
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly unverifiedQueue: Queue;
  readonly unverifiedDeadLetterQueue: Queue;
  readonly #key: Key;

  constructor(scope: Construct, id: string, { service, consumerTimeout }: DeferredLogoutQueuesProps) {
    super(scope, id);
    this.#key = new Key(this, 'Key', {
      description: 'Encrypts the logout tokens in the queues of deferred logouts',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deadLetterQueue = this.#encryptedQueue('DeadLetterQueue');
    this.queue = this.#encryptedQueue('Resource', { consumerTimeout, deadLetterQueue: this.deadLetterQueue });
    this.unverifiedDeadLetterQueue = this.#encryptedQueue('UnverifiedDeadLetterQueue');
    this.unverifiedQueue = this.#encryptedQueue('UnverifiedQueue', {
      consumerTimeout,
      deadLetterQueue: this.unverifiedDeadLetterQueue,
    });
    this.#alarm('DeadLetters', {
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      alarmDescription:
        'A logout was tried for a day and is not done: its user is still signed in. See docs/operating.md, Deferred logouts.',
    });
    this.#alarm('UnverifiedDeadLetters', {
      metric: this.unverifiedDeadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      alarmDescription:
        'A logout token could not be verified for a day: it is forged, or the OP no longer publishes its key and a user is still signed in. See docs/operating.md, Unverified logouts.',
    });
    this.#alarm('LogoutsNotKept', {
      metric: receiverMetric(service, 'LogoutNotKept', { period: Duration.minutes(1) }),
      alarmDescription:
        'A logout failed and could not be kept either: its user is still signed in, unless the OP sends it again. See docs/operating.md, Deferred logouts.',
    });
  }

  get outputs(): readonly Output[] {
    return [
      ['DeferredLogoutQueueUrl', this.queue.queueUrl, 'Queue of the verified logouts that could not be completed yet'],
      ['DeadLetterQueueUrl', this.deadLetterQueue.queueUrl, 'Queue of the logouts that were given up: look at each'],
      [
        'UnverifiedLogoutQueueUrl',
        this.unverifiedQueue.queueUrl,
        'Queue of the logouts whose token could not be verified yet',
      ],
      [
        'UnverifiedDeadLetterQueueUrl',
        this.unverifiedDeadLetterQueue.queueUrl,
        'Queue of the logouts whose token could not be verified for a day',
      ],
    ];
  }

  /** What tells a function of the queue of verified logouts. */
  get environment(): Record<string, string> {
    return {
      DEFERRED_LOGOUT_QUEUE_URL: this.queue.queueUrl,
      DEFERRED_LOGOUT_DELAY_SECONDS: String(FIRST_DELAY_SECONDS),
    };
  }

  /** What tells a function of the queue of unverified logouts. */
  get unverifiedEnvironment(): Record<string, string> {
    return {
      UNVERIFIED_LOGOUT_QUEUE_URL: this.unverifiedQueue.queueUrl,
      DEFERRED_LOGOUT_DELAY_SECONDS: String(FIRST_DELAY_SECONDS),
    };
  }

  /** Exactly what putting a verified logout into its queue takes. */
  grantPut(grantee: IGrantable): void {
    this.queue.grant(grantee, 'sqs:SendMessage');
    this.#key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
  }

  /** The same for a logout that could not be verified yet. */
  grantPutUnverified(grantee: IGrantable): void {
    this.unverifiedQueue.grant(grantee, 'sqs:SendMessage');
    this.#key.grant(grantee, 'kms:GenerateDataKey', 'kms:Decrypt');
  }

  #encryptedQueue(
    id: string,
    consumed?: { readonly consumerTimeout: Duration; readonly deadLetterQueue: Queue },
  ): Queue {
    const queue = new Queue(this, id, {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.#key,
      enforceSSL: true,
      // The longest that there is: somebody must come and look.
      retentionPeriod: Duration.days(14),
      ...(consumed && {
        // What AWS advises for a queue that a function is fed from.
        visibilityTimeout: Duration.seconds(6 * consumed.consumerTimeout.toSeconds()),
        deadLetterQueue: { queue: consumed.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
      }),
    });
    if (!consumed) {
      Validations.of(queue).acknowledge({
        id: 'Serverless-SQSRedrivePolicy',
        reason: 'It is a dead-letter queue itself, and nothing consumes it.',
      });
    }
    return queue;
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
