import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { markerKey } from '../../relying-party/sessions/item-keys.ts';
import { firstPointers } from '../../relying-party/sessions/session-pointer.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { type KeySet, problemWith } from '../jwks/key-set.ts';
import type { KeySource } from '../jwks/key-source.ts';
import type { RelyingPartiesIndex } from '../relying-parties/relying-parties-index.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { isSymmetric } from '../relying-parties/signature-algorithms.ts';
import { problemWithKeys } from './token-signature.ts';

/** Issuers whose keys are had ready. Most deployments have one; of many, nobody knows whose token comes first. */
const MOST_ISSUERS = 5;
const MOST_KEYS = 4;
/** Partition of no scope: nothing is there. */
const NO_SCOPE = 'NONE';

/**
 * Does ahead what the first logout would have to wait for: opens two connections to DynamoDB, since a logout begins with
 * two requests at once, reads the keys of the first issuers from the JWKS cache table, imports them, and runs a signature
 * verification.
 *
 * No issuer is asked, nothing is written, and what fails is left to the first logout, which says so.
 *
 * @param signal aborts when the time for it is spent
 */
export async function warmUp(
  relyingParties: RelyingPartiesIndex,
  { keys, sessionsTable }: { readonly keys: Pick<KeySource, 'lookAhead'>; readonly sessionsTable: SessionsTable },
  signal: AbortSignal,
): Promise<void> {
  const parties = relyingParties.ofFirstIssuers(MOST_ISSUERS);
  await Promise.all([
    firstPointers(sessionsTable, NO_SCOPE),
    prepareWrite(sessionsTable),
    ...parties.map(async (relyingParty) => {
      const set = await keys.lookAhead(relyingParty, signal);
      if (set) {
        await tryKeys(set, relyingParty);
      }
    }),
  ]);
}

/** Has the AWS SDK serialize and sign a write, code that is compiled when it first runs, and abort before it sends. */
async function prepareWrite({ client, tableName }: SessionsTable): Promise<void> {
  const write = new UpdateCommand({
    TableName: tableName,
    Key: markerKey(NO_SCOPE),
    UpdateExpression: 'SET notBefore = :notBefore',
    ExpressionAttributeValues: { ':notBefore': 0 },
  });
  await client.send(write, { abortSignal: AbortSignal.abort() }).catch(() => undefined);
}

async function tryKeys(set: KeySet, { algorithms }: RelyingParty): Promise<void> {
  const allowed = algorithms.filter((alg) => !isSymmetric(alg));
  for (const { kid } of set.fetched.jwks.keys.slice(0, MOST_KEYS)) {
    for (const alg of allowed) {
      const problem = await problemWith(set, { alg, kid }, (found) => problemWithKeys(unsignedToken(alg), alg, found));
      // A key that says nothing of its algorithm fits several, and is mostly used with the first.
      if (problem !== 'key_not_found') {
        break;
      }
    }
  }
}

function unsignedToken(alg: string): string {
  return `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.e30.AAAA`;
}
