/**
 * The cases of a proof that `npm test` plays: each of so many, always the same. `npm run prove` plays all.
 *
 * @param every counted from the first one
 */
export function sampleOf<Case>(cases: readonly Case[], every: number): readonly Case[] {
  return process.env.WHOLE_PROOFS === 'true' ? cases : cases.filter((_case, index) => index % every === 0);
}
