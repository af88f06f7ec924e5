import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Table as TableDefinition } from '../../local/dynamodb/tables.ts';
import type { Shutdown } from '../../local/process/shutdown.ts';
import { SessionStore } from '../../relying-party/sessions/session-store.ts';
import type { Table } from '../measurement.ts';
import { filledTables, ITEMS_OF_SESSION, newLogin } from './filled-tables.ts';
import { type Cost, grown, inDigits, type Operation, type Sizes } from './growth-series.ts';
import { Logouts } from './logouts.ts';
import { costOf } from './operation-cost.ts';

const WARM_UPS = 3;

/** The engine looks longer for an item in a larger file; DynamoDB does not, and our part must not. */
const LIMITS = { cpuMilliseconds: 2, roundTrips: 1, calls: 1, writeUnits: 1, readUnits: 1 };

const OPERATIONS: readonly Operation[] = ['login', 'read', 'save', 'logout by sid', 'logout by sub'].map((name) => ({
  name,
  limits: LIMITS,
}));

/**
 * Measures how the operations on one session grow with the table that it is in.
 *
 * @param times how often a round measures each operation, at least
 * @param shutdown ends the engine
 */
export async function tableSize(
  definition: TableDefinition,
  sizes: Sizes,
  rounds: number,
  times: number,
  shutdown: Shutdown,
  progress: (line: string) => void,
): Promise<Table> {
  const sessions = sizes.map((items) => ({ table: tableOf(items), count: Math.round(items / ITEMS_OF_SESSION) }));
  progress(`filling tables with ${sizes.map(inDigits).join(', ')} items`);
  const client = await filledTables(definition, sizes.map(tableOf), sessions, shutdown);
  const measure = await measurement(client, times);
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) {
    await measure(sizes[0]);
  }
  return await grown(
    {
      title: 'Items in the table',
      note: 'One session, in a table that holds so many items of others.',
      of: 'items in the table',
      file: 'growth-table.svg',
      sizes,
      operations: OPERATIONS,
    },
    rounds,
    measure,
    progress,
  );
}

/** @returns measures all operations in the table that has so many items; in the end the sessions are gone */
async function measurement(client: DynamoDBDocumentClient, times: number) {
  const logouts = await Logouts.create();
  return async (items: number): Promise<Map<string, Cost>> => {
    const table = { client, tableName: tableOf(items) };
    const store = new SessionStore(table);
    const logins = Array.from({ length: 2 * times }, () => newLogin(randomUUID(), randomUUID()));
    const ids: string[] = [];
    const login = await costOf(client, logins, async (one) => ids.push((await store.create(one)).id));
    const read = await costOf(client, ids, async (id) => {
      if (!(await store.get(id))) {
        throw new Error('a session is gone that nothing has ended');
      }
    });
    const save = await costOf(client, ids, (id) => store.update(id, { data: {} }));
    const tokens = await Promise.all(
      logins.map(({ sub, sid }, index) => logouts.token(index % 2 === 0 ? { sid } : { sub })),
    );
    const carryOut = (token: string) => logouts.carryOut(token, table, 1);
    const bySid = tokens.filter((_, index) => index % 2 === 0);
    const bySub = tokens.filter((_, index) => index % 2 === 1);
    return new Map([
      ['login', login],
      ['read', read],
      ['save', save],
      ['logout by sid', await costOf(client, bySid, carryOut)],
      ['logout by sub', await costOf(client, bySub, carryOut)],
    ]);
  };
}

function tableOf(items: number): string {
  return `sessions-${items}`;
}
