import type { IKey } from 'aws-cdk-lib/aws-kms';

/** With what the data of a receiver is encrypted. */
export interface EncryptionOptions {
  /**
   * Encrypts all that is stored: the sessions, unless their table is given, the keys of the issuers, the queues and the
   * logs.
   * @default - the tables have the account's key for DynamoDB, the queues of deferred logouts a new key, and the other
   *   queues and the logs the keys of their services
   */
  readonly encryptionKey?: IKey;
}
