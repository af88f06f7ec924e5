import { Duration, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { DlqDestinationConfig, IEventSourceDlq, IEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/**
 * The queue of what the event source of a table's stream has given up. Lambda says in it which records those are, and not
 * what they hold.
 */
export class GivenUpQueue extends Construct implements IEventSourceDlq {
  readonly queue: Queue;
  readonly #encryptionKey: IKey | undefined;

  /** @param encryptionKey without it, SQS' own key */
  constructor(scope: Construct, id: string, encryptionKey: IKey | undefined) {
    super(scope, id);
    this.#encryptionKey = encryptionKey;
    this.queue = new Queue(this, 'Queue', {
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      ...(encryptionKey && { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
    });
    for (const id of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy']) {
      const reason = 'It is a dead-letter queue itself, of an event source mapping, and nothing consumes it.';
      Validations.of(this.queue).acknowledge({ id, reason });
    }
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
