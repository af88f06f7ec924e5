import type { RelyingPartiesIndex } from './relying-parties-index.ts';

/** Nobody can say now who is configured. The message says nothing of what is configured. */
export class RelyingPartiesUnavailable extends Error {
  override readonly name = 'RelyingPartiesUnavailable';
}

/** Where a function instance has its relying parties from. */
export interface RelyingPartiesSource {
  /**
   * The relying parties known last. It never throws.
   *
   * @returns no relying parties, and the widest limits, while they could not be read: then `renewed` throws
   */
  known(): Promise<RelyingPartiesIndex>;
  /**
   * For a request that is for none of those that are known, before it is refused: they may have changed since.
   *
   * @returns the newest, the same object where nothing has changed
   * @throws RelyingPartiesUnavailable where nobody knows: then the request may be right, and is to be judged later
   */
  renewed(): Promise<RelyingPartiesIndex>;
}

/** The relying parties that are shipped with the function. They change with a deployment only. */
export function bundledRelyingParties(index: RelyingPartiesIndex): RelyingPartiesSource {
  return { known: async () => index, renewed: async () => index };
}
