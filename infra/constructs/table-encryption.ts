import { Stack, Token } from 'aws-cdk-lib';
import { TableEncryptionV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * Encryption of a table with a key, or with the account's key for DynamoDB where there is none.
 *
 * `TableEncryptionV2` has to know the region of the stack, to tell the keys of replicas apart. Where the stack has no
 * region, the table cannot have replicas, and its only key is this one.
 */
export function tableEncryption(scope: Construct, key: IKey | undefined): TableEncryptionV2 {
  if (!key) {
    return TableEncryptionV2.awsManagedKey();
  }
  const encryption = TableEncryptionV2.customerManagedKey(key);
  if (Token.isUnresolved(Stack.of(scope).region)) {
    encryption._renderReplicaSseSpecification = () => ({ kmsMasterKeyId: key.keyArn });
  }
  return encryption;
}
