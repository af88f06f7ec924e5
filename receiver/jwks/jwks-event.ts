import type { KeyProblem } from './jwks-error.ts';

/** What happens to an issuer's keys, for whoever counts. */
export type JwksEvent =
  | {
      readonly type: 'fetched';
      readonly issuer: string;
      readonly isModified: boolean;
      readonly skippedKeys: number;
      /** How old what came may be: it has lain in a cache. */
      readonly ageSeconds: number;
    }
  | { readonly type: 'fetch_failed'; readonly issuer: string; readonly error: unknown }
  /** Another instance was quicker to claim the fetch slot, and is waited for. */
  | { readonly type: 'slot_lost'; readonly issuer: string }
  /** The issuer is asked although the fetch slot cannot be claimed, because the table fails and no key is known. */
  | { readonly type: 'slot_unguarded'; readonly issuer: string }
  /** The known keys do not verify a token, and are from before it came. */
  | { readonly type: 'keys_doubted'; readonly issuer: string; readonly problem: KeyProblem }
  | { readonly type: 'cache_failed'; readonly issuer: string; readonly error: unknown };
