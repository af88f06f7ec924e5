import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITable,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import { CHECK_LOGOUTS, READ_AND_WRITE_SESSIONS } from './constructs/session-grants.ts';

export interface SessionsTableProps {
  /**
   * A table that is there already: partition key `pk` and sort key `sk`, both strings, time to live in `expiresAt`, and a
   * stream with new and old images.
   * @default - a new table
   */
  readonly table?: ITable;
}

/**
 * The table of the relying parties' sessions.
 *
 * It must outlive every redeployment: on demand, encrypted, recoverable to any second of the last 35 days, protected from
 * deletion, and left behind when its stack goes. CloudFormation chooses its name, so that a replacement or a second
 * deployment never collides.
 */
export class SessionsTable extends Construct {
  readonly table: ITable;

  /** @throws ConfigurationError where the given table has no stream */
  constructor(scope: Construct, id: string, props: SessionsTableProps = {}) {
    super(scope, id);
    this.table = props.table ?? this.#newTable();
    if (this.table.tableStreamArn === undefined) {
      throw new ConfigurationError(
        `${this.node.path}: found a table without a stream, allowed: one with a stream of new and old images (StreamViewType.NEW_AND_OLD_IMAGES; for an imported table, give tableStreamArn)`,
      );
    }
  }

  /** The name that relying parties give to `SessionStore`. */
  get tableName(): string {
    return this.table.tableName;
  }

  /** Lets an application keep its sessions in the table, with `logout-receiver/sessions` and what builds on it. */
  grantReadWrite(grantee: IGrantable): void {
    this.grant(grantee, ...READ_AND_WRITE_SESSIONS);
  }

  /** Lets an application ask `LogoutCheck` whether a login was logged out, and nothing else. */
  grantCheck(grantee: IGrantable): void {
    this.grant(grantee, ...CHECK_LOGOUTS);
  }

  /** Exactly these actions, on the table itself. */
  grant(grantee: IGrantable, ...actions: string[]): void {
    this.table.grant(grantee, ...actions);
  }

  #newTable(): TableV2 {
    return new TableV2(this, 'Resource', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      // From which the receiver learns of logouts that were begun, and of what ended. Always with old images, whoever
      // reads them: another view type is another stream, and what the old one still holds would be lost.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // Not where its first creation fails: then there is nothing to keep, and the next try needs no clearing up.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}
