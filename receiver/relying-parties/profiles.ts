/** The rules on which deployments differ; a relying party names a profile and overrides single rules. */
export interface Rules {
  /** `logout+jwt`: the token's `typ` header must be this one. `optional`: it may also be `JWT`, or missing. */
  readonly typ: 'logout+jwt' | 'optional';
  /** Whether a token without `exp` is refused. */
  readonly requireExp: boolean;
  /** Oldest `iat` accepted, in seconds before the receipt, without the clock tolerance. */
  readonly maxTokenAgeSeconds: number;
  /** What becomes of a token that is delivered again when its logout is done: it is answered like the first time, or refused. */
  readonly replay: 'answer' | 'refuse';
}

/**
 * `compatible` takes what OPs send: Back-Channel Logout 1.0, section 4.1, warns of requiring `typ`; Ory Hydra sends no
 * `exp`; Janssen's tokens live an hour; Hydra and Zitadel deliver again. `strict` is for OPs that can do better (OWASP
 * ASVS 5.0, 10.5.5).
 */
export const PROFILES = {
  compatible: { typ: 'optional', requireExp: false, maxTokenAgeSeconds: 3600, replay: 'answer' },
  strict: { typ: 'logout+jwt', requireExp: true, maxTokenAgeSeconds: 120, replay: 'refuse' },
} as const satisfies Record<string, Rules>;
