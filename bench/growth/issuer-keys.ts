import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Shutdown } from '../../local/process/shutdown.ts';
import { KeySource } from '../../receiver/jwks/key-source.ts';
import { LogoutFailure } from '../../receiver/logout/rejection.ts';
import { verifySignature } from '../../receiver/logout/token-signature.ts';
import { checkRelyingParties } from '../../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { startIssuer } from '../../test/issuer.ts';
import { validClaims } from '../../test/logout-token.ts';
import type { Table } from '../measurement.ts';
import { type Cost, grown, type Operation, type Sizes } from './growth-series.ts';
import { noSecrets } from './logouts.ts';
import { costOf } from './operation-cost.ts';

const ALG = 'ES256';
/** How often a round measures each operation. */
const TIMES = 200;
/** And this one, which takes some hundredths of a millisecond. */
const LOOKS = 5_000;
const INSTANCES = 20;
const WARM_UPS = 3;

const LIMITS = { cpuMilliseconds: 2 };

const OPERATIONS: readonly Operation[] = [
  { name: 'verify by kid', limits: LIMITS },
  { name: 'verify without kid', limits: LIMITS },
  { name: 'look for an unknown kid', limits: LIMITS },
  // It reads all keys of the issuer, in one item: the units grow with them.
  { name: 'first token of an instance', limits: { roundTrips: 1, calls: 1 } },
];

/** A token, and whose keys it is verified with. */
interface Signed {
  readonly token: string;
  readonly relyingParty: RelyingParty;
}

/**
 * Measures how the verification of a token grows with the keys that its issuer publishes.
 *
 * @param tableName of a JWKS cache table
 * @param shutdown ends the issuers
 */
export async function issuerKeys(
  client: DynamoDBDocumentClient,
  tableName: string,
  sizes: Sizes,
  rounds: number,
  shutdown: Shutdown,
  progress: (line: string) => void,
): Promise<Table> {
  const issuers = new Map<number, { readonly alike: Signed; readonly mixed: Signed }>();
  for (const size of sizes) {
    const [alike, mixed] = [await startSigner(size, ALG, shutdown), await startSigner(size, 'ES384', shutdown)];
    issuers.set(size, { alike, mixed });
  }
  // Before any keys are fetched: what does not fit them is settled, and nobody asks the issuer again.
  const receivedAt = Date.now() / 1000 - 1;
  const newInstance = () => new KeySource({ client, tableName }, { onEvent: () => undefined });
  const verify = (keys: KeySource, { token, relyingParty }: Signed, kid?: string) =>
    verifySignature(token, { alg: ALG, kid }, relyingParty, receivedAt, { keys, secrets: noSecrets() });

  const measure = async (size: number): Promise<Map<string, Cost>> => {
    const issuer = issuers.get(size);
    if (!issuer) {
      throw new Error(`no issuer has ${size} keys`);
    }
    const { alike, mixed } = issuer;
    const instances = Array.from({ length: INSTANCES }, newInstance);
    const [instance = newInstance()] = instances;
    // The keys are in the table then.
    await verify(newInstance(), alike, KID);
    const first = await costOf(client, instances, (one) => verify(one, alike, KID));
    await verify(instance, mixed);
    const times = Array.from({ length: TIMES }, (_, index) => index);
    const unknown = Array.from({ length: LOOKS }, (_, index) => `unknown-${index}`);
    return new Map([
      ['first token of an instance', first],
      ['verify by kid', await costOf(client, times, () => verify(instance, alike, KID))],
      ['verify without kid', await costOf(client, times, () => verify(instance, mixed))],
      ['look for an unknown kid', await costOf(client, unknown, (kid) => notFound(verify(instance, alike, kid)))],
    ]);
  };
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) {
    await measure(sizes[0]);
  }
  return await grown(
    {
      title: 'Keys that an issuer publishes',
      note: 'With a `kid`, all keys are for one algorithm. Without it, one key is for the algorithm of the token, and all others for another one: where several fit, a token without `kid` is refused. An instance reads the keys of an issuer from the JWKS cache table, in one item.',
      of: 'keys in the JWKS',
      file: 'growth-keys.svg',
      sizes,
      operations: OPERATIONS,
    },
    rounds,
    measure,
    progress,
  );
}

/** As `startIssuer` calls the key for the algorithm. */
const KID = ALG.toLowerCase();

/** @param others algorithm of the other keys */
async function startSigner(keys: number, others: string, shutdown: Shutdown): Promise<Signed> {
  const issuer = await startIssuer(ALG);
  shutdown.onEnd(() => issuer.stop());
  for (let number = 1; number < keys; number++) {
    await issuer.addKey(others, `key-${number}`);
  }
  const { relyingParties } = checkRelyingParties({ relyingParties: [{ issuer: issuer.issuer, clientId: 'shop' }] }, '');
  const [relyingParty] = relyingParties;
  if (!relyingParty) {
    throw new Error('there is a relying party');
  }
  return {
    relyingParty,
    token: await issuer.sign(validClaims(issuer.issuer, 'shop', { sid: 'session' }), { alg: ALG }),
  };
}

async function notFound(verified: Promise<void>): Promise<void> {
  const outcome = await verified.catch((error: unknown) => error);
  if (!(outcome instanceof LogoutFailure && outcome.reason === 'key_not_found')) {
    throw new Error('a key was found for a kid that is not there');
  }
}
