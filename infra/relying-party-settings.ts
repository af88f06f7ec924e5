/** Where a secret is kept. */
export interface SecretSettings {
  /** Name or complete ARN of the secret in AWS Secrets Manager. */
  readonly secretId: string;
}

/** A client of an OP whose sessions the receiver ends. `docs/configuration.md` says more of each field. */
export interface RelyingPartySettings {
  /** The OP's issuer identifier, character by character as it stands in its tokens. */
  readonly issuer: string;
  readonly clientId: string;
  /**
   * Other values of `iss` that the same OP signs with, under the same keys.
   * @default - none
   */
  readonly issuerAliases?: readonly string[];
  /**
   * Where the issuer publishes its keys.
   * @default - its discovery document says so
   */
  readonly jwksUri?: string;
  /**
   * Whether the issuer, and where it publishes its keys, may have addresses of a private network.
   * @default false
   */
  readonly allowPrivateAddresses?: boolean;
  /**
   * How old the issuer's keys may be, in seconds, while newer ones cannot be had.
   * @default 86400
   */
  readonly jwksMaxStaleSeconds?: number;
  /**
   * `compatible`, or `strict` for OPs that can do better.
   * @default "compatible"
   */
  readonly profile?: string;
  /**
   * Those that the OP may sign logout tokens with, such as `RS256`.
   * @default - every one that is not symmetric
   */
  readonly algorithms?: readonly string[];
  /**
   * Other clients that a token for this one may name in `aud` too.
   * @default - none
   */
  readonly trustedAudiences?: readonly string[];
  /**
   * `logout+jwt` or `optional`.
   * @default - the profile's
   */
  readonly typ?: string;
  /**
   * Whether a token without `exp` is refused.
   * @default - the profile's
   */
  readonly requireExp?: boolean;
  /**
   * How old a token may be at its receipt, in seconds.
   * @default - the profile's
   */
  readonly maxTokenAgeSeconds?: number;
  /**
   * `answer` or `refuse` a token that is delivered again.
   * @default - the profile's
   */
  readonly replay?: string;
  /**
   * How far the OP's clock may differ, in seconds.
   * @default 60
   */
  readonly clockToleranceSeconds?: number;
  /**
   * By how many seconds a logout of a `sid` also covers logins that are dated later than the logout token.
   * @default 5
   */
  readonly sidAllowanceSeconds?: number;
  /**
   * The same for a logout of a `sub` alone.
   * @default 2
   */
  readonly subAllowanceSeconds?: number;
  /**
   * How long a session may live at most, in seconds from the `iat` of its ID token.
   * @default 2592000
   */
  readonly maxSessionLifetimeSeconds?: number;
  /**
   * The client secret, for HS256, HS384 and HS512.
   * @default - none
   */
  readonly clientSecret?: SecretSettings;
  /**
   * A JWK Set of private keys that the OP encrypts logout tokens to.
   * @default - none
   */
  readonly decryptionKeys?: SecretSettings;
  /**
   * Whether a token that is not encrypted is refused.
   * @default - with the profile `strict`, where there are decryption keys
   */
  readonly requireEncryption?: boolean;
  /**
   * Whether front-channel logout, whose requests nobody signs, ends sessions too.
   * @default false
   */
  readonly frontchannelLogout?: boolean;
}

export interface RelyingPartiesProps {
  /** The clients whose sessions the receiver ends: objects, or `RelyingParties.fromFile(path)`. */
  readonly relyingParties: readonly RelyingPartySettings[];
  /**
   * Largest body of a logout request, in bytes.
   * @default 16384
   */
  readonly maxBodyBytes?: number;
  /**
   * Largest logout token, in bytes.
   * @default - as large as the body
   */
  readonly maxTokenBytes?: number;
  /**
   * Whether there is an endpoint for front-channel logout, which ends sessions of the relying parties that have it on.
   * Nobody signs its requests: see docs/front-channel.md.
   * @default false
   */
  readonly frontchannelLogout?: boolean;
}
