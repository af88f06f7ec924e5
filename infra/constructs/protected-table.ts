import { RemovalPolicy } from 'aws-cdk-lib';
import { type Attribute, Billing, type StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

export interface ProtectedTableProps {
  readonly partitionKey: Attribute;
  /** @default - the table has no sort key */
  readonly sortKey?: Attribute;
  /** Attribute that holds the epoch second after which DynamoDB may delete an item. */
  readonly timeToLiveAttribute: string;
  /** @default - the table has no stream */
  readonly dynamoStream?: StreamViewType;
}

/**
 * An on-demand table that survives mistakes: point-in-time recovery, deletion protection, and retained when its stack goes.
 *
 * The physical name is CloudFormation's to choose, so that a replacement or a second deployment never collides.
 */
export class ProtectedTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: ProtectedTableProps) {
    super(scope, id);
    this.table = new TableV2(this, 'Resource', {
      ...props,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
