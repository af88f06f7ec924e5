/** What happens to an issuer's keys, for whoever counts. */
export type JwksEvent =
  | { readonly type: 'fetched'; readonly issuer: string; readonly isModified: boolean; readonly skippedKeys: number }
  | { readonly type: 'fetch_failed'; readonly issuer: string; readonly error: unknown }
  /** Another instance was quicker to claim the fetch slot, and is waited for. */
  | { readonly type: 'slot_lost'; readonly issuer: string }
  /** The issuer is asked although the fetch slot cannot be claimed, because the table fails and no key is known. */
  | { readonly type: 'slot_unguarded'; readonly issuer: string }
  /** A token has a `kid` that is not among the known keys. */
  | { readonly type: 'kid_unknown'; readonly issuer: string }
  | { readonly type: 'cache_failed'; readonly issuer: string; readonly error: unknown };
