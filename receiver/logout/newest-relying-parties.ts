import type { RelyingPartiesIndex } from '../relying-parties/relying-parties-index.ts';
import { type RelyingPartiesSource, RelyingPartiesUnavailable } from '../relying-parties/relying-parties-source.ts';
import { LogoutFailure } from './rejection.ts';

/**
 * The newest relying parties, for a logout that is for none of those that are known.
 *
 * @throws LogoutFailure where nobody knows them: the logout may be right, and is to be judged later
 */
export async function newestRelyingParties(source: RelyingPartiesSource): Promise<RelyingPartiesIndex> {
  try {
    return await source.renewed();
  } catch (error) {
    throw error instanceof RelyingPartiesUnavailable ? new LogoutFailure('relying_parties_unavailable', error) : error;
  }
}
