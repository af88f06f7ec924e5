import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type ITable,
  StreamViewType,
  TableV2,
  type WarmThroughput,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import { CHECK_LOGOUTS, READ_AND_WRITE_SESSIONS } from './constructs/session-grants.ts';
import { tableEncryption } from './constructs/table-encryption.ts';
import { grantOnTable } from './constructs/table-grants.ts';
import { checkGivenTable } from './given-table.ts';
import { checkWarmThroughput } from './warm-throughput.ts';

export interface SessionsTableProps {
  /**
   * A table that is there already: partition key `pk` and sort key `sk`, both strings, time to live in `expiresAt`, and a
   * stream with new and old images.
   * @default - a new table
   */
  readonly table?: ITable;
  /**
   * Regions that a new table is replicated to, beside the stack's own, which must be named by the stack. See
   * docs/multi-region.md.
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
  /**
   * Encrypts a new table. One that is given has its own key, or none.
   * @default - the account's key for DynamoDB
   */
  readonly encryptionKey?: IKey;
  /**
   * Units a second that a new table can take from its first second on. It costs money once, and cannot be lowered again.
   * See docs/scale.md.
   * @default - 12,000 read units and 4,000 write units, which every new table on demand has
   */
  readonly warmThroughput?: WarmThroughput;
}

/** What is said of a new table, and cannot be said of one that is there. */
const OF_A_NEW_TABLE = ['encryptionKey', 'replicaRegions', 'warmThroughput'] as const;

/**
 * The table of the relying parties' sessions.
 *
 * It must outlive every redeployment: on demand, encrypted, recoverable to any second of the last 35 days, protected from
 * deletion, and left behind when its stack goes. CloudFormation chooses its name, so that a replacement or a second
 * deployment never collides.
 */
export class SessionsTable extends Construct {
  readonly table: ITable;

  /**
   * @throws ConfigurationError where the given table cannot hold sessions, as far as can be seen, or something is given
   *   with it that is for a new table, or the warm throughput is less than a new table has anyway
   */
  constructor(scope: Construct, id: string, props: SessionsTableProps = {}) {
    super(scope, id);
    const { table, warmThroughput } = props;
    const misplaced = OF_A_NEW_TABLE.find((name) => props[name] !== undefined);
    if (table && misplaced) {
      throw new ConfigurationError(
        `${this.node.path}: found table and ${misplaced}, allowed: one of them, since a table that is there has its own`,
      );
    }
    if (warmThroughput) {
      checkWarmThroughput(this, warmThroughput);
    }
    if (table) {
      checkGivenTable(this, table);
    }
    this.table = table ?? this.#newTable(props);
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

  /** Exactly these actions, on the table itself, and what they take on its customer-managed key. */
  grant(grantee: IGrantable, ...actions: string[]): void {
    grantOnTable(this.table, grantee, ...actions);
  }

  #newTable({ encryptionKey, replicaRegions = [], warmThroughput }: SessionsTableProps): TableV2 {
    if (replicaRegions.length > 0) {
      this.#checkReplication(encryptionKey);
    }
    return new TableV2(this, 'Resource', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      // From which the receiver learns of logouts that were begun, and of what ended. Always with old images, whoever
      // reads them: another view type is another stream, and what the old one still holds would be lost.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      billing: Billing.onDemand(),
      ...(warmThroughput && { warmThroughput }),
      encryption: tableEncryption(this, encryptionKey),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // They take protection and recovery from the table itself.
      replicas: replicaRegions.map((region) => ({ region })),
      // Not where its first creation fails: then there is nothing to keep, and the next try needs no clearing up.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  #checkReplication(encryptionKey: IKey | undefined): void {
    if (Token.isUnresolved(Stack.of(this).region)) {
      throw new ConfigurationError(
        `${this.node.path}: found replicaRegions in a stack without a region, allowed: a stack with env.region`,
      );
    }
    if (encryptionKey) {
      throw new ConfigurationError(
        `${this.node.path}: found replicaRegions and encryptionKey, allowed: one of them, since a replica needs a key of its own region; make the table yourself and give it as sessionsTable`,
      );
    }
  }
}
