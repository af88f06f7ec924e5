import { KeySource } from '../../../receiver/jwks/key-source.ts';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { indexOf } from '../../relying-parties-index.ts';
import { Chance } from './chance.ts';
import { type Omitted, type Outcome, playSchedule, type Setting } from './schedule.ts';
import { TOLD_CLIENT } from './stores.ts';
import { ISSUER } from './truth.ts';

/** Which schedules of a seed. */
export interface Schedules {
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** Every how many. */
  readonly step: number;
}

/** Tries at making a schedule shorter. */
const MAX_TRIES = 400;

/** Nothing here asks for keys: the schedules' tokens count as verified. */
export function newSetting(): Setting {
  const party = { issuer: ISSUER, clockToleranceSeconds: 300, maxTokenAgeSeconds: 86_400 };
  const relyingParties = indexOf([
    { ...party, clientId: 'shop' },
    { ...party, clientId: 'forum', replay: 'refuse' },
  ]);
  const secrets = new SecretSource(async () => '');
  const onEvent = ({ type }: { readonly type: string }) => {
    throw new Error(type);
  };
  const keys = new KeySource({ client: TOLD_CLIENT, tableName: 'keys' }, { onEvent });
  const decryptionKeys = new DecryptionKeySource(secrets);
  return {
    parts: { relyingParties, keys, secrets, decryptionKeys },
    // The defaults of relying parties.
    allowances: { sid: 5, sub: 2 },
  };
}

/**
 * Plays schedules until one violates what must hold.
 *
 * @returns what the first one violated, as short as it can be made and with how to play it again, or undefined
 */
export async function firstViolation(
  setting: Setting,
  { seed, first, count, step }: Schedules,
): Promise<string | undefined> {
  const chance = new Chance(seed);
  for (let index = first; index < first + count; index += step) {
    const { violations } = await playSchedule(chance.seedOf(index), setting);
    if (violations.length > 0) {
      const again = `SEED=${seed} FIRST=${index} SCHEDULES=1 npm run prove`;
      return [`schedule ${index} of seed ${seed}: ${again}`, ...(await report(chance.seedOf(index), setting))].join(
        '\n',
      );
    }
  }
  return undefined;
}

async function report(seed: number, setting: Setting): Promise<string[]> {
  const omitted = await shortened(seed, setting);
  const { violations, steps, trace } = await playSchedule(seed, setting, omitted, true);
  return [
    'violated:',
    ...violations.map((violation) => `  ${violation}`),
    'what was done:',
    ...[...steps].map(([name, deed]) => `  ${name}: ${deed}`),
    'operations in order:',
    ...trace.map((operation) => `  ${operation}`),
  ];
}

/** Leaves out what the violation does not need: one step or fault after the other, until none can go. */
async function shortened(seed: number, setting: Setting): Promise<Omitted> {
  let omitted: Omitted = { steps: new Set(), faults: new Set() };
  let outcome = await playSchedule(seed, setting, omitted);
  let tries = 0;
  for (let isShorter = true; isShorter && tries < MAX_TRIES; ) {
    isShorter = false;
    for (const less of candidates(omitted, outcome)) {
      tries += 1;
      const shorter = await playSchedule(seed, setting, less);
      if (shorter.violations.length > 0) {
        [omitted, outcome, isShorter] = [less, shorter, true];
        break;
      }
    }
  }
  return omitted;
}

function candidates({ steps, faults }: Omitted, outcome: Outcome): Omitted[] {
  return [
    ...[...outcome.steps.keys()].map((step) => ({ steps: new Set([...steps, step]), faults })),
    ...outcome.faults.map((fault) => ({ steps, faults: new Set([...faults, fault]) })),
  ];
}
