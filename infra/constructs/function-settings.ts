import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Tracing } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** How functions read relying parties that can change without a deployment. */
export interface LiveRelyingPartiesAccess {
  readonly environment: Readonly<Record<string, string>>;
  grantRead(grantee: IGrantable): void;
}

/** Where functions run that run in a VPC. */
export interface FunctionNetwork {
  readonly vpc: IVpc;
  readonly securityGroups: ISecurityGroup[];
  /** @default - the private subnets */
  readonly vpcSubnets?: SubnetSelection;
}

/** What all functions of a receiver have in common. */
export interface FunctionSettings {
  /** Dimension `service` of the metrics, and field `service` of the log lines. */
  readonly service: string;
  readonly logRetention: RetentionDays;
  /** The checked relying parties, as the functions read them: shipped with the bundles of those that need them. */
  readonly shippedRelyingParties: string;
  /**
   * Where the relying parties live in AWS AppConfig: what functions need to find them there, in place of the file.
   * @default - they are shipped with the bundles
   */
  readonly liveRelyingParties?: LiveRelyingPartiesAccess;
  /**
   * Checked certificates in PEM to trust beside the usual ones: shipped with the bundles of the functions that fetch keys.
   * @default - none
   */
  readonly extraCaCertificates?: string;
  /**
   * Encrypts the log groups. Its policy must let CloudWatch Logs use it: see `letLogsUse`.
   * @default - CloudWatch Logs' own key
   */
  readonly encryptionKey?: IKey;
  /**
   * MiB.
   * @default 512
   */
  readonly memorySize?: number;
  /** @default - none */
  readonly network?: FunctionNetwork;
  /** @default Tracing.DISABLED */
  readonly tracing?: Tracing;
}
