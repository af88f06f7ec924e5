import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableEncryption } from './table-encryption.ts';

export interface JwksCacheTableProps {
  /** @default - the account's key for DynamoDB */
  readonly encryptionKey?: IKey;
}

/**
 * The keys of issuers, and who may ask them next. It is a cache, so it goes with its stack: what is lost with it is fetched
 * again.
 */
export class JwksCacheTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { encryptionKey }: JwksCacheTableProps = {}) {
    super(scope, id);
    this.table = new TableV2(this, 'Resource', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      billing: Billing.onDemand(),
      encryption: tableEncryption(this, encryptionKey),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}
