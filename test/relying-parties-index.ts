import { checkRelyingParties } from '../receiver/relying-parties/relying-parties.ts';
import { indexedRelyingParties, type RelyingPartiesIndex } from '../receiver/relying-parties/relying-parties-index.ts';

/** @param relyingParties as a file has them */
export function indexOf(relyingParties: readonly object[]): RelyingPartiesIndex {
  return indexedRelyingParties(checkRelyingParties({ relyingParties }, 'test'));
}
