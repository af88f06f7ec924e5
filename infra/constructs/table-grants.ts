import { type ITable, TableGrants } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';

/**
 * Exactly these actions on the table itself, and on its customer-managed key what they take.
 *
 * `table.grant` lacks the key, and has the indexes of a table that has some. DynamoDB decrypts the key of the table in the
 * name of whoever reads or writes; all else that it does with the customer's key, it does in its own name, by grants that
 * it got when the table was made
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html, Monitoring DynamoDB
 * interaction with AWS KMS: `userIdentity` of Decrypt, GenerateDataKey and CreateGrant).
 */
export function grantOnTable(table: ITable, grantee: IGrantable, ...actions: string[]): void {
  TableGrants.fromTable(table, [], false).actions(grantee, ...actions);
  table.encryptionKey?.grant(grantee, 'kms:Decrypt');
}
