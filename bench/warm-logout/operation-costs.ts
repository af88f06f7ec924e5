import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { KeySource } from '../../receiver/jwks/key-source.ts';
import { DecryptionKeySource } from '../../receiver/logout/decryption-keys.ts';
import { logout } from '../../receiver/logout/logout.ts';
import { relyingPartiesFrom } from '../../receiver/relying-parties/relying-parties.ts';
import { SecretSource } from '../../receiver/secrets/secret-source.ts';
import { LogoutCheck } from '../../relying-party/sessions/index.ts';
import { type DynamodbCost, dynamodbCostOf } from '../../test/dynamodb-cost.ts';
import { epochSeconds } from '../../test/logout-token.ts';
import { type BenchDeployment, PARTY } from '../deployment.ts';
import type { Measurement, Table } from '../measurement.ts';

/** What may not be more, where this project has promised it. */
type Promised = Partial<Record<'writes' | 'reads' | 'roundTrips', number>>;

const UNITS = { writes: 'W', reads: 'R', roundTrips: 'round trips' } as const;

const NOTE = `Request units as DynamoDB counts them (W: write of up to 1 KB, R: strongly consistent read of up to 4 KB), and how
many calls wait for one another. They do not depend on the machine. A logout is counted with its token verified: the keys
are in memory. What the functions that read the table's stream cost afterwards is not in it.`;

/** Units and round trips of what relying parties and the receiver do. */
export async function operationCosts(deployment: BenchDeployment, progress: (line: string) => void): Promise<Table> {
  progress('units and round trips');
  const measurements: Measurement[] = [];
  for (const [name, promised, cost] of await costs(deployment)) {
    for (const key of ['writes', 'reads', 'roundTrips'] as const) {
      const limit = promised[key];
      const values = [cost[key]];
      measurements.push({ name: `${name}: ${key}`, unit: UNITS[key], values, ...(limit !== undefined && { limit }) });
    }
  }
  return { title: 'Units and round trips', note: NOTE, measurements };
}
