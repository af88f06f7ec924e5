import type { JsonObject } from '../../receiver/logout/json-object.ts';
import { REASONS, type Reason } from '../../receiver/logout/reasons.ts';
import type { TokenKeys } from '../../receiver/logout/token-signature.ts';
import type { RelyingPartiesFile } from '../../receiver/relying-parties/relying-parties.ts';
import { indexedRelyingParties } from '../../receiver/relying-parties/relying-parties-index.ts';
import { EXIT } from '../exit-code.ts';
import { isoTime } from '../moment.ts';
import type { Outcome } from '../outcome.ts';
import { whyOf } from '../why.ts';
import { decodedToken } from './decoded-token.ts';
import { hintFor } from './hint.ts';
import { type Judgement, judgementOf, type ShownRule, shownRules } from './judgement.ts';
import type { KeysOfVerdict } from './keys-of-verdict.ts';
import type { TokenInput } from './logout-token-input.ts';
import { verdictText } from './verdict-text.ts';

/** Whose sessions a token ends. */
interface Ending {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: 'sid' | 'sub';
}

/** What is shown of how a token was judged. Its members are those of `--json`, which stay from version to version. */
export interface Verdict {
  readonly verdict: Judgement['verdict'];
  readonly reason: Reason | undefined;
  /** ISO 8601. */
  readonly asOf: string;
  readonly asOfSeconds: number;
  /** Why keys or secrets could not be had. */
  readonly why: string | undefined;
  readonly hint: string | undefined;
  /** Undefined where it is not accepted. */
  readonly ends: readonly Ending[] | undefined;
  /** Where the keys are from. */
  readonly keys: readonly string[];
  readonly encryption: JsonObject | undefined;
  readonly header: JsonObject | undefined;
  readonly claims: JsonObject | undefined;
  readonly rules: readonly ShownRule[];
}

const EXIT_CODES = {
  accepted: EXIT.fine,
  refused: EXIT.finding,
  deferred: EXIT.finding,
  undecided: EXIT.failed,
} as const;

/**
 * Judges a logout token, and tells how.
 *
 * @param receivedAt epoch seconds
 */
export async function verdictOn(
  input: TokenInput,
  receivedAt: number,
  file: RelyingPartiesFile,
  tokenKeys: TokenKeys & { readonly keys: KeysOfVerdict },
): Promise<Outcome> {
  const index = indexedRelyingParties(file);
  const judgement = await judgementOf(input, receivedAt, index, tokenKeys);
  const { verdict, reason, token, cause } = judgement;
  const { relyingParties } = file;
  const decoded = await decodedToken(token ?? '', index, tokenKeys.decryptionKeys);
  const keys = await tokenKeys.keys.found();
  const shown: Verdict = {
    verdict,
    reason,
    asOf: isoTime(receivedAt) ?? String(receivedAt),
    asOfSeconds: receivedAt,
    why: cause === undefined ? undefined : whyOf(cause),
    hint: hintFor(reason, { ...decoded, token, relyingParties, keys }),
    ends: endsOf(judgement),
    keys: keys.map(({ source }) => source),
    ...decoded,
    rules: shownRules(judgement, input),
  };
  const { asOfSeconds: _, ...json } = shown;
  return {
    exitCode: EXIT_CODES[verdict],
    json: { ...json, ...(reason && { description: REASONS[reason] }) },
    text: (style) => verdictText(shown, style),
  };
}

function endsOf({ verified }: Judgement): readonly Ending[] | undefined {
  return verified?.relyingParties.map(({ issuer, clientId }) => ({
    issuer,
    clientId,
    scope: verified.claims.sid === undefined ? 'sub' : 'sid',
  }));
}
