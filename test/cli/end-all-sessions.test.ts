import { randomUUID } from 'node:crypto';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { endAll } from '../../cli/sessions/end-all-sessions.ts';
import {
  LoggedOutError,
  LogoutCheck,
  type NewSession,
  type Session,
  SessionStore,
} from '../../relying-party/sessions/index.ts';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { partitionsOf } from '../../relying-party/sessions/session.ts';
import { deletePointers } from '../../relying-party/sessions/session-pointer.ts';
import { login } from '../relying-party/sessions/login.ts';
import { newTable, type TestTable } from '../tables.ts';
import { type CliRun, type CliRunOptions, runCli } from './cli-run.ts';

const BEFORE = '2026-11-27T10:00:00Z';
const NOW = Date.parse(BEFORE) / 1000;
const shop = { issuer: 'https://op.example.com', clientId: 'shop' };

type LiveSession = Session & { readonly id: string };

/** Each test may have it anew: what it creates has subjects of its own. */
let table: TestTable;

function standStill(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', inject('dynamodbEndpoint'));
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
}

function goOn(): void {
  vi.unstubAllEnvs();
  vi.useRealTimers();
}

beforeAll(async () => {
  table = await newTable('sessions');
});

async function runEndAll(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  const { tableName } = table;
  const environment = { AWS_REGION: 'us-east-1' };
  const run = await runCli(['sessions', 'end-all', '--table', tableName, ...args], { environment, ...options });
  return {
    ...run,
    output: run.output.replaceAll(tableName, 'restored'),
    errors: run.errors.replaceAll(tableName, 'restored'),
  };
}

const signIn = async (changes: Partial<NewSession> = {}, place = table) =>
  await new SessionStore(place).create(login({ idTokenIssuedAt: NOW - 10, expiresAt: NOW + 3600, ...changes }));
const lives = async ({ id }: { readonly id: string }) => (await new SessionStore(table).get(id)) !== undefined;
const isLoggedOut = async (sub: string, idTokenIssuedAt: number) =>
  await new LogoutCheck({ store: new SessionStore(table) }).isLoggedOut({ ...shop, sub, idTokenIssuedAt });

describe('sessions end-all, on a table that was restored', () => {
  /** They had ended when the table was lost. */
  let ended: readonly LiveSession[];
  let since: LiveSession;
  let run: CliRun;

  /** Subjects without a session in the table, by what it knows of them. */
  const cookies = {
    wasLoggedOut: randomUUID(),
    logoutHadBegun: randomUUID(),
    unknown: randomUUID(),
  };

  beforeAll(async () => {
    standStill();
    const lost = await newTable('sessions');
    ended = [
      await signIn({}, lost),
      await signIn({ clientId: 'mail', sid: undefined }, lost),
      await signIn({ issuer: 'https://other.example.com' }, lost),
    ];
    await new SessionStore(lost).endSessions({ ...shop, sub: cookies.wasLoggedOut }, NOW - 3600);
    const endings = [{ partition: scopePartition({ ...shop, sub: cookies.logoutHadBegun }) }];
    const claimed = { pk: 'JTI#hash', sk: 'JTI', endings, expiresAt: NOW + 3600 };
    await lost.client.send(new PutCommand({ TableName: lost.tableName, Item: claimed }));
    // What DynamoDB does with its backups: all that was there then, and nothing of what came later.
    const { Items = [] } = await lost.client.send(new ScanCommand({ TableName: lost.tableName, ConsistentRead: true }));
    await Promise.all(Items.map((Item) => table.client.send(new PutCommand({ TableName: table.tableName, Item }))));
    await Promise.all(ended.map(({ id }) => new SessionStore(lost).delete(id)));
    expect(await Promise.all(ended.map(lives))).toEqual([true, true, true]);
    expect(await isLoggedOut(cookies.wasLoggedOut, NOW - 10)).toBe(false);
    since = await signIn({ idTokenIssuedAt: NOW + 1 });
    run = await runEndAll(['--before', BEFORE, '--confirm', table.tableName]);
  });

  afterAll(goOn);

  it('ends what lives again, of all relying parties, and says what it did not reach', async () => {
    expect(run).toMatchObject({ exitCode: 0, errors: '' });
    expect(
      run.output,
    ).toBe(`Ended 3 sessions of all relying parties in the table "restored", of logins at or before ${BEFORE}.
Logins from then of the subjects and OP sessions that the table knew are refused too.
Sessions in a cookie (LogoutCheck) of subjects that the table does not know have not ended: change the key of the cookies.
A login that was under way, of a subject that the table did not know, is not refused: run it again in ten minutes.
`);
    expect(await Promise.all(ended.map(lives))).toEqual([false, false, false]);
  });

  it('leaves the sessions of logins since the time', async () => {
    expect(await lives(since)).toBe(true);
  });

  it('refuses logins from before the time that come later, by subject and by sid', async () => {
    const { issuer, clientId, sub, sid } = login(ended[0]);
    for (const changes of [
      { issuer, clientId, sub },
      { issuer, clientId, sid },
    ]) {
      await expect(signIn({ ...changes, idTokenIssuedAt: NOW })).rejects.toThrow(LoggedOutError);
      expect(await lives(await signIn({ ...changes, idTokenIssuedAt: NOW + 1 }))).toBe(true);
    }
  });

  it.each<[string, keyof typeof cookies, boolean]>([
    ['ends the session in a cookie of a subject that was logged out once', 'wasLoggedOut', true],
    ['ends the session in a cookie of a subject whose logout had written no marker yet', 'logoutHadBegun', true],
    ['cannot end the session in a cookie of a subject that the table does not know', 'unknown', false],
  ])('%s', async (_what, known, hasEnded) => {
    expect(await isLoggedOut(cookies[known], NOW - 10)).toBe(hasEnded);
    expect(await isLoggedOut(cookies[known], NOW + 1)).toBe(false);
  });
});

describe('sessions end-all', () => {
  beforeEach(standStill);
  afterEach(goOn);

  it('ends a session that has lost its pointers', async () => {
    const session = await signIn();
    await deletePointers(table, [{ ...session, partitions: partitionsOf(session) }]);
    const run = await runEndAll(['--before', BEFORE, '--confirm', table.tableName, '--json']);
    expect(run).toMatchObject({ exitCode: 0, errors: '' });
    expect(JSON.parse(run.output)).toEqual({ table: 'restored', before: BEFORE, ended: 1, left: 0 });
    expect(await lives(session)).toBe(false);
  });

  it('ends the session of a login that came when the table had been read', async () => {
    const { client, tableName } = await newTable('sessions');
    let scans = 0;
    let late: LiveSession | undefined;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          // The first one reads the scopes, the next one the sessions.
          if (commandName === 'ScanCommand' && ++scans === 2) {
            late = await signIn({}, { client: table.client, tableName });
          }
          return await next(args);
        },
      { step: 'initialize', name: 'lateLogin' },
    );
    const { json } = await endAll({ table: { client, tableName }, before: NOW, progress: () => undefined });
    expect(json).toMatchObject({ ended: 1, left: 0 });
    const again = signIn({ sub: late?.sub ?? '' }, { client, tableName });
    await expect(again).rejects.toThrow(LoggedOutError);
  });

  it.each<[string, boolean]>([
    ['its name', true],
    ['y', false],
    ['', false],
  ])('has a person type the name of the table before: the answer "%s"', async (answer, hasEnded) => {
    const session = await signIn();
    const input = `${answer === 'its name' ? table.tableName : answer}\n`;
    const run = await runEndAll(['--before', BEFORE], { isTerminal: true, input });
    expect(run.exitCode).toBe(0);
    expect(run.errors).toBe(
      `End all sessions of all relying parties in this table, of logins at or before ${BEFORE}? Type its name, restored, to go on: `,
    );
    expect(run.output).toMatch(hasEnded ? /^Ended \d session/ : /^Nothing has ended\.\n$/);
    expect(await lives(session)).toBe(!hasEnded);
  });

  it.each<[string, readonly string[], string]>([
    ['nobody is there to answer', ['--before', BEFORE], 'Nobody is here to answer: add --confirm restored'],
    ['another table is confirmed', ['--before', BEFORE, '--confirm', 'other'], '--confirm: the table is restored'],
    ['the time is to come', ['--before', '2026-11-27T10:00:01Z'], '--before: allowed is a time that has passed'],
    ['no time is given', [], "required option '--before <time>' not specified"],
  ])('ends nothing and exits with 2 where %s', async (_what, args, said) => {
    const session = await signIn();
    const run = await runEndAll(args, { input: `${table.tableName}\n` });
    expect(run).toMatchObject({ exitCode: 2, output: '' });
    expect(run.errors).toContain(said);
    expect(await lives(session)).toBe(true);
  });
});
