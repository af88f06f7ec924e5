import { randomUUID } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Table as TableDefinition } from '../../local/dynamodb/tables.ts';
import type { Shutdown } from '../../local/process/shutdown.ts';
import { SessionStore } from '../../relying-party/sessions/session-store.ts';
import type { Table } from '../measurement.ts';
import { filledTables, newLogin, RELYING_PARTY, subjectName } from './filled-tables.ts';
import { type Cost, grown, type Operation, type Sizes } from './growth-series.ts';
import { Logouts } from './logouts.ts';
import { costOf } from './operation-cost.ts';

const TABLE = 'sessions';
/** Subjects of a round: what goes through all sessions of one is measured on several, where they have few. */
const subjectsAt = (size: number, times: number) => Math.max(1, Math.min(times, Math.floor(200 / size)));

const LIMITS = { cpuMilliseconds: 2, roundTrips: 1, calls: 1, writeUnits: 1, readUnits: 1 };
/** What is done once for all sessions makes those of a small subject dearer, so they are compared with those of 100. */
const FOR_EACH = { isPerItem: true, comparedWith: 100, limits: LIMITS };

const OPERATIONS: readonly Operation[] = [
  { name: 'login', limits: LIMITS },
  { name: 'logout by sid', limits: LIMITS },
  { name: 'logout by sub', ...FOR_EACH },
  { name: 'list', ...FOR_EACH },
  { name: 'login at the cap', ...FOR_EACH },
];

/**
 * Measures how the operations on a subject's sessions grow with their number.
 *
 * @param times how often a round measures what costs the same at every size
 * @param shutdown ends the engine
 */
export async function sessionsOfASubject(
  definition: TableDefinition,
  sizes: Sizes,
  rounds: number,
  times: number,
  shutdown: Shutdown,
  progress: (line: string) => void,
): Promise<Table> {
  const subjects = (size: number, round: number) =>
    Array.from({ length: subjectsAt(size, times) }, (_, index) => subjectName(size * 1e6 + round * 1e3 + index));
  const sessions = sizes.flatMap((count) =>
    Array.from({ length: rounds }, (_, round) => subjects(count, round))
      .flat()
      .map((sub) => ({ table: TABLE, count, sub })),
  );
  const client = await filledTables(definition, [TABLE], sessions, shutdown);
  const measure = await measurement(client, times);
  return await grown(
    {
      title: 'Sessions of a subject',
      note: 'A logout by `sid` and a login are about one session, whatever number of them the subject has. The others are about all of them, and are told for each session.',
      of: 'sessions of the subject',
      file: 'growth-sessions.svg',
      sizes,
      operations: OPERATIONS,
    },
    rounds,
    (size, round) => measure(subjects(size, round), size),
    progress,
  );
}

/** @returns measures all operations on subjects that have so many sessions; in the end they have none */
async function measurement(client: DynamoDBDocumentClient, times: number) {
  const table = { client, tableName: TABLE };
  const store = new SessionStore(table);
  const logouts = await Logouts.create();

  const measure = async (subjects: readonly string[], size: number): Promise<Map<string, Cost>> => {
    const capped = new SessionStore({ ...table, maxSessionsPerSubject: size });
    const logins = Array.from({ length: times }, (_, index) => subjects[index % subjects.length] ?? '').map((sub) =>
      newLogin(sub, randomUUID()),
    );
    const bySid = await Promise.all(logins.map(({ sid }) => logouts.token({ sid })));
    const bySub = await Promise.all(subjects.map((sub) => logouts.token({ sub })));
    const list = await costOf(client, subjects, async (sub) => {
      const { length } = await store.list({ ...RELYING_PARTY, sub });
      if (length !== size) {
        throw new Error(`the list has ${length} sessions of ${size}`);
      }
    });
    return new Map([
      ['list', list],
      ['login', await costOf(client, logins, (login) => store.create(login))],
      ['logout by sid', await costOf(client, bySid, (token) => logouts.carryOut(token, table, 1))],
      ['login at the cap', await costOf(client, subjects, (sub) => capped.create(newLogin(sub, randomUUID())))],
      ['logout by sub', await costOf(client, bySub, (token) => logouts.carryOut(token, table, size))],
    ]);
  };

  // What is slow only the first time is not what grows.
  for (let number = 0; number < 5; number++) {
    await store.create(newLogin(subjectName(number), randomUUID()));
    await measure([subjectName(number)], 1);
  }
  return measure;
}
