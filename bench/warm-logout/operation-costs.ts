import { randomUUID } from 'node:crypto';
import { carryOut } from '../../receiver/logout/completed-logout.ts';
import type { LogoutOrder } from '../../receiver/logout/logout-order.ts';
import { LogoutCheck } from '../../relying-party/sessions/index.ts';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { tokenClaimOf } from '../../relying-party/sessions/seen-token.ts';
import { type DynamodbCost, dynamodbCostOf } from '../../test/dynamodb-cost.ts';
import { epochSeconds } from '../../test/logout-token.ts';
import { type BenchDeployment, PARTY } from '../deployment.ts';
import type { Measurement, Table } from '../measurement.ts';

/** What may not be more, where this project has promised it. */
type Promised = Partial<Record<Figure, number>>;

const UNITS = { writes: 'W', reads: 'R', roundTrips: 'round trips' } as const;
type Figure = keyof typeof UNITS;
const FIGURES: readonly Figure[] = ['writes', 'reads', 'roundTrips'];

const NOTE = `Request units as DynamoDB counts them (W: a write of up to 1 KB, R: a strongly consistent read of up to 4 KB), and
how many calls wait for one another. They do not depend on the machine. A logout is counted from when its token is verified.
What the functions that read the table's stream cost afterwards is not in it.`;

/** Units and round trips of what relying parties and the receiver do. */
export async function operationCosts(deployment: BenchDeployment): Promise<Table> {
  const measurements: Measurement[] = [];
  for (const [name, promised, operation] of [...sessionOperations(deployment), ...logouts(deployment)]) {
    const cost = await operation();
    for (const figure of FIGURES) {
      const limit = promised[figure];
      const values = [cost[figure]];
      measurements.push({ name, unit: UNITS[figure], values, ...(limit !== undefined && { limit }) });
    }
  }
  return { title: 'Units and round trips', note: NOTE, measurements };
}

type Operation = [name: string, promised: Promised, operation: () => Promise<DynamodbCost>];

function sessionOperations({ store, sessionsTable: { client } }: BenchDeployment): Operation[] {
  const costOf = (action: () => Promise<unknown>) => dynamodbCostOf(client, action);
  const login = (sub: string = randomUUID()) => ({
    ...{ ...PARTY, sub, sid: randomUUID(), idTokenIssuedAt: epochSeconds() - 60, expiresAt: epochSeconds() + 3600 },
    data: { cart: [] },
  });
  const check = new LogoutCheck({ store });
  return [
    ['login', { writes: 3, reads: 2 }, () => costOf(() => store.create(login()))],
    [
      'read of a session',
      { writes: 0, reads: 1, roundTrips: 1 },
      async () => {
        const { id } = await store.create(login());
        return await costOf(() => store.get(id));
      },
    ],
    [
      'check of a session in a cookie, by sub and sid',
      { writes: 0, roundTrips: 1 },
      () => costOf(() => check.isLoggedOut(login())),
    ],
    [
      'save of a session',
      {},
      async () => {
        const { id } = await store.create(login());
        return await costOf(() => store.update(id, { data: { cart: ['a'] } }));
      },
    ],
    [
      'list of 10 sessions',
      {},
      async () => {
        const sub = randomUUID();
        await Promise.all(Array.from({ length: 10 }, () => store.create(login(sub))));
        return await costOf(() => store.list({ ...PARTY, sub }));
      },
    ],
    [
      'local sign-out',
      {},
      async () => {
        const { id } = await store.create(login());
        return await costOf(() => store.delete(id));
      },
    ],
  ];
}

function logouts({ store, signIn, sessionsTable }: BenchDeployment): Operation[] {
  const costOf = (order: LogoutOrder) =>
    dynamodbCostOf(sessionsTable.client, () => carryOut(order, sessionsTable, AbortSignal.timeout(60_000)));
  const OTHER_CLIENT = 'mail';
  const signInThere = async (sid: string) => {
    const times = { idTokenIssuedAt: epochSeconds() - 60, expiresAt: epochSeconds() + 3600 };
    await store.create({ ...PARTY, clientId: OTHER_CLIENT, sub: randomUUID(), sid, ...times, data: {} });
  };
  return [
    ['logout of no session', { writes: 2, reads: 2, roundTrips: 4 }, () => costOf(order({ sid: randomUUID() }))],
    [
      'logout of one session',
      { writes: 5, reads: 2, roundTrips: 4 },
      async () => await costOf(order({ sid: await signIn() })),
    ],
    [
      'logout of a subject with 10 sessions',
      { writes: 32, roundTrips: 4 },
      async () => {
        const sub = randomUUID();
        await Promise.all(Array.from({ length: 10 }, () => signIn(sub)));
        return await costOf(order({ sub }));
      },
    ],
    [
      'logout of one session at each of two clients',
      { roundTrips: 4 },
      async () => {
        const sid = await signIn();
        await signInThere(sid);
        return await costOf(order({ sid }, [PARTY.clientId, OTHER_CLIENT]));
      },
    ],
    [
      'logout of one session where replays are refused',
      { roundTrips: 4 },
      async () => await costOf({ ...order({ sid: await signIn() }), refusesReplays: true }),
    ],
    [
      'logout that is delivered again',
      {},
      async () => {
        const again = order({ sid: await signIn() });
        await costOf(again);
        return await costOf(again);
      },
    ],
  ];
}

/** What a verified logout token of those claims orders. */
function order(
  claims: { readonly sid: string } | { readonly sub: string },
  clientIds: readonly string[] = [PARTY.clientId],
): LogoutOrder {
  const { issuer } = PARTY;
  const [jti, iat] = [randomUUID(), epochSeconds()];
  const token = { issuer, signer: [issuer], jti, audiences: clientIds, iat, exp: iat + 120 };
  const terms = { maxSessionLifetimeSeconds: 30 * 86_400, allowanceSeconds: 5 };
  return {
    issuer,
    scope: 'sid' in claims ? 'sid' : 'sub',
    jti,
    claim: tokenClaimOf({ ...token, sub: undefined, sid: undefined, ...claims }),
    endings: clientIds.map((clientId) => ({
      clientId,
      partition: scopePartition({ issuer, clientId, ...claims }),
      ...terms,
    })),
    refusesReplays: false,
  };
}
