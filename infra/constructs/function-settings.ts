import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What all functions of a receiver have in common. */
export interface FunctionSettings {
  /** Dimension `service` of the metrics, and field `service` of the log lines. */
  readonly service: string;
  readonly logRetention: RetentionDays;
  /** The checked relying parties, as the functions read them: shipped with the bundles of those that need them. */
  readonly relyingPartiesJson: string;
  /**
   * Checked certificates in PEM to trust beside the usual ones: shipped with the bundles of the functions that fetch keys.
   * @default - none
   */
  readonly extraCaCertificates?: string;
}
