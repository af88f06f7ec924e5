import type { Rules } from './profiles.ts';
import type { SignatureAlgorithm } from './signature-algorithms.ts';

/** Where a secret is kept: never in a file, a bundle or a variable. */
export interface SecretReference {
  /** Name or complete ARN of the secret in AWS Secrets Manager. */
  readonly secretId: string;
}

/** A client of an issuer whose sessions this deployment ends, with every default filled in. */
export interface RelyingParty extends Rules {
  /** Compared with the token's `iss` character by character, never normalised (OpenID Connect Core 1.0, section 3.1.3.7). */
  readonly issuer: string;
  readonly clientId: string;
  /** Other values of `iss` that the same OP signs with, under the same keys. Sessions are those of `issuer` all the same. */
  readonly issuerAliases: readonly string[];
  /** Where the issuer publishes its keys. Without it, its discovery document says so. */
  readonly jwksUri?: string | undefined;
  /** Whether the issuer, and where it publishes its keys, may have addresses of a private network. */
  readonly allowPrivateAddresses: boolean;
  /** How old the issuer's keys may be, in seconds, while newer ones cannot be had. */
  readonly jwksMaxStaleSeconds: number;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Clients that are none of ours, and that a token for us may name in `aud` too (OpenID Connect Core 1.0, section 3.1.3.7). */
  readonly trustedAudiences: readonly string[];
  /** How far the OP's clock may differ from ours, in seconds. */
  readonly clockToleranceSeconds: number;
  /**
   * By how many seconds a logout of a `sid` also covers logins that are dated later than the logout token. Costs little:
   * a login after the logout mostly has another `sid`.
   */
  readonly sidAllowanceSeconds: number;
  /**
   * The same for a logout of a `sub` alone. A login within so many seconds after the logout is refused, so it is just
   * enough for tokens that are dated back by a second (Zitadel), and clocks that differ by one.
   */
  readonly subAllowanceSeconds: number;
  /** How long a session may live at most, in seconds from the `iat` of its ID token. Not-before markers live as long. */
  readonly maxSessionLifetimeSeconds: number;
  /** The client secret, which is the key of HS256, HS384 and HS512. */
  readonly clientSecret?: SecretReference | undefined;
  /** A JWK Set of private keys that the OP encrypts tokens to. */
  readonly decryptionKeys?: SecretReference | undefined;
  /** Whether a token that is not encrypted is refused (Back-Channel Logout 1.0, section 2.6, step 1). */
  readonly requireEncryption: boolean;
  /**
   * Whether a request that nobody signed, with the issuer and a `sid`, ends the sessions of that `sid` (Front-Channel
   * Logout 1.0, section 2). Only where the deployment has front-channel logout turned on.
   */
  readonly frontchannelLogout: boolean;
}

/** The names under which tokens may come from its issuer. */
export function issuersOf({ issuer, issuerAliases }: Pick<RelyingParty, 'issuer' | 'issuerAliases'>): string[] {
  return [issuer, ...issuerAliases];
}
