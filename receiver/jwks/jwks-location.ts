/** Where an issuer's keys are and how they may be had. All of it comes from configuration, nothing from a token. */
export interface JwksLocation {
  readonly issuer: string;
  /** Without it, the issuer's discovery document says where. */
  readonly jwksUri?: string | undefined;
  /** Whether the issuer may be inside a private network. */
  readonly allowPrivateAddresses: boolean;
  /** How old keys may be, in seconds, while newer ones cannot be had. */
  readonly jwksMaxStaleSeconds: number;
}

/** What names a location, in the table and in memory: one name for all ways to write a `jwksUri`. */
export function partitionOf({ issuer, jwksUri }: JwksLocation): string {
  return jwksUri === undefined ? `ISSUER#${issuer}` : `JWKS#${new URL(jwksUri).href}`;
}

/** One of each place that keys are at: relying parties that share an issuer mostly share its keys. */
export function distinctLocations<Location extends JwksLocation>(locations: readonly Location[]): readonly Location[] {
  return [...new Map(locations.map((location) => [partitionOf(location), location])).values()];
}
