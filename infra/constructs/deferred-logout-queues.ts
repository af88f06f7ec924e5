import { Duration, Names, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Output } from '../outputs.ts';

export interface DeferredLogoutQueuesProps {
  /** How long the function that finishes deferred logouts may run. */
  readonly consumerTimeout: Duration;
  /** @default - a new key */
  readonly encryptionKey?: IKey;
}

/** Before the first try: an outage is rarely over in less. Later ones are put off for twice as long each, up to an hour. */
const FIRST_DELAY_SECONDS = 30;
/** Together they take a day. */
const MAX_RECEIVE_COUNT = 30;
/**
 * What Lambda needs to feed a function from a queue
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), and the function to put off a message.
 */
const CONSUME = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'];

/**
 * The queues of logouts that could not be completed, and their dead-letter queues.
 *
 * There is one queue for logouts whose token was verified, and one for those whose token could not be verified yet. Anyone
 * who can reach the endpoint can put messages into the second one, and must neither hold up nor bury those in the first.
 * Messages may hold logout tokens: all queues are encrypted, with a key of their own or the one that is given.
 */
export class DeferredLogoutQueues extends Construct {
  /** Verified logouts. */
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly unverifiedQueue: Queue;
  readonly unverifiedDeadLetterQueue: Queue;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, { consumerTimeout, encryptionKey }: DeferredLogoutQueuesProps) {
    super(scope, id);
    this.#key =
      encryptionKey ??
      new Key(this, 'Key', {
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

  /**
   * Has a function finish the logouts of both queues.
   *
   * @param maxConcurrency executions for each queue at the same time
   */
  feed(handler: IFunction, maxConcurrency: number): void {
    for (const queue of [this.queue, this.unverifiedQueue]) {
      // As `SqsEventSource` does and calls it, which also lets the function ask for the queue's URL.
      handler.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(queue.node)}`, {
        eventSourceArn: queue.queueArn,
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency,
      });
      queue.grant(handler, ...CONSUME);
    }
    this.#key.grant(handler, 'kms:Decrypt');
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
}
