export interface LiveRelyingPartiesProps {
  /**
   * Whether the relying parties live in AWS AppConfig, where they can be changed without a deployment of the stack: see
   * docs/configuration.md. `relyingParties` and the limits are then what is deployed first, and again when they change.
   * @default false
   */
  readonly relyingPartiesInAppConfig?: boolean;
  /**
   * Names or complete ARNs of the secrets that the functions may read, since relying parties in AppConfig may name others
   * than today's. Only with `relyingPartiesInAppConfig`.
   * @default - those that `relyingParties` name
   */
  readonly secretIds?: readonly string[];
}
