import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { endOfClient } from '../../cli/sessions/end-client-sessions.ts';
import { LoggedOutError, type NewSession, SessionStore } from '../../relying-party/sessions/index.ts';
import { markerKey, scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import { login } from '../relying-party/sessions/login.ts';
import { newTable, type TestTable } from '../tables.ts';
import { type CliRunOptions, runCli } from './cli-run.ts';

const ISSUER = 'https://op.example.com';
const NOW = Date.parse('2026-11-27T10:00:00Z') / 1000;

let table: TestTable;
let store: SessionStore;
/** Somebody new, at a client of its own. */
let user: { readonly issuer: string; readonly clientId: string; readonly sub: string; readonly sid: string };

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore(table);
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', inject('dynamodbEndpoint'));
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  // Nothing of this machine's.
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_PROFILE', undefined);
  vi.stubEnv('AWS_REGION', undefined);
  user = { issuer: ISSUER, clientId: randomUUID(), sub: randomUUID(), sid: randomUUID() };
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

type Args = readonly string[];

async function sessions(command: 'list' | 'end', args: Args, options: CliRunOptions = {}) {
  const environment = { SESSIONS_TABLE_NAME: table.tableName, AWS_REGION: 'us-east-1' };
  const client = ['--issuer', user.issuer, '--client-id', user.clientId];
  const run = await runCli(['sessions', command, ...client, ...args], { environment, ...options });
  return {
    ...run,
    output: run.output.replaceAll(user.clientId, 'shop'),
    errors: run.errors.replaceAll(user.clientId, 'shop'),
  };
}

const signIn = async (changes: Partial<NewSession> = {}) =>
  await store.create(login({ ...user, idTokenIssuedAt: NOW - 10, expiresAt: NOW + 3600, ...changes }));
/** Of the user's logins and of those of others, whom no end here is about. */
const others = async () => [
  await signIn({ clientId: randomUUID() }),
  await signIn({ issuer: 'https://other.example.com' }),
];
const livesOf = async (...created: { readonly id: string }[]) =>
  (await Promise.all(created.map(({ id }) => store.get(id)))).map((session) => session !== undefined);
const TITLE = 'ID HASH                                      CREATED               EXPIRES';

describe('sessions list', () => {
  it('shows the live sessions of a subject, the oldest first, and neither whose they are nor what is in them', async () => {
    const first = await signIn();
    vi.setSystemTime((NOW + 60) * 1000);
    const second = await signIn({ sid: randomUUID(), expiresAt: NOW + 7200, data: { cart: 'socks' } });
    await signIn({ sub: randomUUID() });
    await others();
    const run = await sessions('list', ['--sub', user.sub]);
    expect(run).toMatchObject({ exitCode: 0, errors: '' });
    expect(run.output).toBe(`2 sessions of this subject at the client "shop" of "https://op.example.com"

${TITLE}
${first.idHash}  2026-11-27T10:00:00Z  2026-11-27T11:00:00Z
${second.idHash}  2026-11-27T10:01:00Z  2026-11-27T12:00:00Z
`);
  });

  it.each<[string, (of: { sid: string; idHash: string }) => Args]>([
    ['an OP session', ({ sid }) => ['--sid', sid]],
    ['an id hash', ({ idHash }) => ['--id-hash', idHash]],
  ])('shows those of %s', async (_what, args) => {
    const [wanted] = [await signIn(), await signIn({ sid: randomUUID() })];
    const { output } = await sessions('list', [...args({ ...user, ...wanted }), '--json']);
    expect(JSON.parse(output)).toEqual({
      issuer: ISSUER,
      clientId: 'shop',
      sessions: [
        {
          idHash: wanted.idHash,
          createdAt: '2026-11-27T10:00:00Z',
          expiresAt: '2026-11-27T11:00:00Z',
          idTokenIssuedAt: '2026-11-27T09:59:50Z',
        },
      ],
    });
  });

  it('shows no session of another client, and none that has ended or is over', async () => {
    const [ended, foreign] = [await signIn(), await signIn({ clientId: randomUUID() })];
    await store.delete(ended.id);
    const over = await signIn({ expiresAt: NOW + 1 });
    vi.setSystemTime((NOW + 1) * 1000);
    for (const { idHash } of [ended, foreign, over]) {
      expect((await sessions('list', ['--id-hash', idHash])).output).toMatch(/^No session of this id hash/);
    }
    expect((await sessions('list', ['--sub', user.sub])).output).toBe(
      'No session of this subject at the client "shop" of "https://op.example.com". Issuer, client id and subject are compared to the letter.\n',
    );
  });
});

describe('sessions end', () => {
  it('of a subject ends all of its sessions, refuses a login under way, and leaves those of others', async () => {
    const ended = [await signIn(), await signIn({ sid: randomUUID() }), await signIn({ idTokenIssuedAt: NOW + 50 })];
    const left = [await signIn({ sub: randomUUID() }), ...(await others())];
    const run = await sessions('end', ['--sub', user.sub, '--yes']);
    expect(run).toMatchObject({ exitCode: 0, errors: '' });
    expect(run.output).toBe(
      'Ended 3 sessions of this subject at the client "shop" of "https://op.example.com". Logins that were under way are refused too.\n',
    );
    expect(await livesOf(...ended)).toEqual([false, false, false]);
    expect(await livesOf(...left)).toEqual([true, true, true]);
    await expect(signIn({ sid: randomUUID() })).rejects.toThrow(LoggedOutError);
    expect(await livesOf(await signIn({ idTokenIssuedAt: NOW + 2 }))).toEqual([true]);
  });

  it('of an OP session ends that one, also where it is of another client’s subject, and leaves the other devices', async () => {
    const [wanted, device] = [await signIn({ sub: randomUUID() }), await signIn({ sid: randomUUID() })];
    expect((await sessions('end', ['--sid', user.sid, '--json'])).output).toBe(
      `{\n  "issuer": "${ISSUER}",\n  "clientId": "shop",\n  "ended": 1\n}\n`,
    );
    expect(await livesOf(wanted, device)).toEqual([false, true]);
    await expect(signIn()).rejects.toThrow(LoggedOutError);
  });

  it('of an id hash ends that one, and only at the client that is named', async () => {
    const [wanted, device, foreign] = [await signIn(), await signIn(), await signIn({ clientId: randomUUID() })];
    expect((await sessions('end', ['--id-hash', wanted.idHash])).output).toMatch(/^Ended 1 session of this id hash/);
    expect((await sessions('end', ['--id-hash', foreign.idHash])).output).toMatch(/^Ended 0 sessions of this id hash/);
    expect(await livesOf(wanted, device, foreign)).toEqual([false, true, true]);
  });

  it('refuses logins that the OP dates ahead, by the clock tolerance', async () => {
    await sessions('end', ['--sub', user.sub, '--clock-tolerance', '60']);
    await expect(signIn({ idTokenIssuedAt: NOW + 60 })).rejects.toThrow(LoggedOutError);
  });

  it('writes a marker that lives as long as a session of any relying party may', async () => {
    const { issuer, clientId, sub } = user;
    await sessions('end', ['--sub', sub]);
    const { Item } = await table.client.send(
      new GetCommand({
        TableName: table.tableName,
        Key: { ...markerKey(scopePartition({ issuer, clientId, sub })) },
      }),
    );
    expect(Item?.expiresAt).toBeGreaterThanOrEqual(NOW + 366 * 86_400);
  });
});

describe('sessions end --all-before', () => {
  const BEFORE = ['--all-before', '2026-11-27T09:00:00Z'];
  const THEN = NOW - 3600;

  it('of a subject ends the sessions of logins at or before the time, and refuses such a login under way', async () => {
    const [earlier, later] = [await signIn({ idTokenIssuedAt: THEN }), await signIn({ idTokenIssuedAt: THEN + 1 })];
    expect((await sessions('end', ['--sub', user.sub, ...BEFORE])).output).toMatch(
      /^Ended 1 session of this subject at .*, of logins at or before 2026-11-27T09:00:00Z\. Logins/,
    );
    expect(await livesOf(earlier, later)).toEqual([false, true]);
    await expect(signIn({ idTokenIssuedAt: THEN })).rejects.toThrow(LoggedOutError);
  });

  it('of a client ends those of all its subjects, refuses their logins under way, and leaves those of others', async () => {
    const earlier = { idTokenIssuedAt: THEN };
    const subs = [user.sub, randomUUID(), randomUUID()];
    const ended = await Promise.all(subs.map((sub) => signIn({ ...earlier, sub })));
    const left = [
      await signIn(),
      await signIn({ ...earlier, clientId: randomUUID() }),
      await signIn({ ...earlier, issuer: 'https://other.example.com' }),
    ];
    const run = await sessions('end', [...BEFORE, '--yes']);
    expect(run).toMatchObject({ exitCode: 0, errors: '' });
    expect(
      run.output,
    ).toBe(`Ended 3 sessions of the client "shop" of "https://op.example.com", of logins at or before 2026-11-27T09:00:00Z.
`);
    expect(await livesOf(...ended, ...left)).toEqual([false, false, false, true, true, true]);
    for (const sub of subs) {
      await expect(signIn({ ...earlier, sub })).rejects.toThrow(LoggedOutError);
    }
  });

  it('of a client tells to run it again where logins from before the time can be under way', async () => {
    const { output } = await sessions('end', ['--all-before', '2026-11-27T09:59:59Z']);
    expect(
      output,
    ).toBe(`Ended 0 sessions of the client "shop" of "https://op.example.com", of logins at or before 2026-11-27T09:59:59Z.
Issuer, client id and subject are compared to the letter.
A login that was under way, of a subject who had no session, is not refused: run it again in some minutes.
`);
  });

  it('of a client ends also the session of a login that came when the table had been read', async () => {
    const earlier = { idTokenIssuedAt: THEN };
    await signIn(earlier);
    const late = { ...earlier, sub: randomUUID() };
    const mayEnd = async () => {
      await signIn(late);
      return true;
    };
    const { issuer, clientId } = user;
    const { json } = await endOfClient(table, { issuer, clientId }, THEN, mayEnd, () => undefined);
    expect(json).toMatchObject({ ended: 2, left: 0 });
    await expect(signIn(late)).rejects.toThrow(LoggedOutError);
  });
});

describe('before more than one session ends', () => {
  const QUESTION = 'End 2 sessions of this subject at the client "shop" of "https://op.example.com"? [y/N] ';

  it.each<[string, string, boolean]>([
    ['Yes', 'Ended 2 sessions', true],
    ['', 'Nothing has ended.', false],
  ])('a person is asked: the answer "%s"', async (answer, said, hasEnded) => {
    const created = [await signIn(), await signIn()];
    const run = await sessions('end', ['--sub', user.sub], { isTerminal: true, input: `${answer}\n` });
    expect(run).toMatchObject({ exitCode: 0, errors: QUESTION });
    expect(run.output).toContain(said);
    expect(await livesOf(...created)).toEqual([!hasEnded, !hasEnded]);
  });

  it.each<[string, Args]>([
    ['of a subject', ['--sub', '-']],
    ['of a client', ['--all-before', '2026-11-27T10:00:00Z']],
  ])('a script must say --yes: %s', async (_what, args) => {
    const created = [await signIn(), await signIn()];
    const run = await sessions('end', args, { input: user.sub });
    expect(run).toMatchObject({ exitCode: 2, output: '' });
    expect(run.errors).toMatch(/^logout-receiver: End 2 sessions of .*\? Nobody is here to answer: add --yes\n$/);
    expect(await livesOf(...created)).toEqual([true, true]);
  });

  it('a subject that is read from standard input comes in the line before the answer', async () => {
    await signIn();
    await signIn();
    const run = await sessions('end', ['--sub', '-'], { isTerminal: true, input: `${user.sub}\ny\n` });
    expect(run.errors).toBe(`sub: ${QUESTION}`);
    expect(run.output).toMatch(/^Ended 2 sessions/);
  });
});

it('a session that somebody spoilt is said to be one, and ends with the others', async () => {
  const spoilt = await signIn();
  const { client, tableName } = table;
  const Key = { pk: `SESSION#${spoilt.idHash}`, sk: 'SESSION' };
  await client.send(new UpdateCommand({ TableName: tableName, Key, UpdateExpression: 'REMOVE createdAt' }));
  await signIn();
  expect((await sessions('list', ['--sub', user.sub])).errors).toMatch(
    /^logout-receiver: one of the sessions is not .*\n$/,
  );
  expect((await sessions('end', ['--sub', user.sub, '--yes'])).output).toMatch(/^Ended 2 sessions/);
  const { Item } = await client.send(new GetCommand({ TableName: tableName, Key }));
  expect(Item?.endedAt).toBe(NOW);
});

it('the credentials need what the page says: to list, to end, and to end those of a client', async () => {
  const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
  const [, ...needed] =
    /credentials need:\*\* (.*?) on the table; to end sessions, (.*?); for a whole client, (.*?);/s.exec(page) ?? [];
  const [toList = [], toEnd = [], ofClient = []] = needed.map((text) =>
    [...text.matchAll(/`(?:dynamodb:)?(\w+)`/g)].map(([, operation]) => operation),
  );
  const proxy = await startFaultProxy(inject('dynamodbEndpoint'));
  onTestFinished(() => proxy.stop());
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', proxy.endpoint);
  const { idHash } = await signIn();
  const chosen = [
    ['--id-hash', idHash],
    ['--sid', user.sid],
    ['--sub', user.sub],
  ];
  const called = async (command: 'list' | 'end', ...all: Args[]) => {
    for (const args of all) {
      expect((await sessions(command, args)).exitCode).toBe(0);
    }
    return new Set(proxy.operations);
  };
  expect(await called('list', ...chosen)).toEqual(new Set(toList));
  expect(await called('end', ...chosen)).toEqual(new Set([...toList, ...toEnd]));
  await signIn({ sid: randomUUID(), idTokenIssuedAt: NOW + 2 });
  const all = ['--all-before', String(NOW), '--yes'];
  expect(await called('end', all)).toEqual(new Set([...toList, ...toEnd, ...ofClient]));
});

describe('one line says what is wrong', () => {
  it.each<[string, number, Args, string]>([
    ['nothing is chosen', 2, [], 'give one of --sub, --sid and --id-hash'],
    ['two things are chosen', 2, ['--sub', 'a', '--sid', 'b'], 'give one of --sub, --sid and --id-hash'],
    ['the subject is empty', 2, ['--sub', ''], '--sub: found nothing'],
    ['the id hash is short', 2, ['--id-hash', 'abc'], 'Allowed are the 43 characters that list shows.'],
    ['the time is to come', 2, ['--all-before', '2026-11-27T10:00:01Z'], 'allowed is a time that has passed'],
    ['the time is of a sid', 2, ['--sid', 'a', '--all-before', '1'], '--all-before is for a subject or a whole client'],
    ['the tolerance is too much', 2, ['--sub', 'a', '--clock-tolerance', '301'], 'from 0 to 300'],
    ['the tolerance is without use', 2, ['--all-before', '1', '--clock-tolerance', '3'], '--clock-tolerance is for'],
    ['there is no such table', 3, ['--sub', 'a', '--table', 'none'], 'there is no table none'],
    ['there is no such profile', 3, ['--sub', 'a', '--profile', 'none'], 'no AWS credentials: '],
  ])('%s: exit code %i', async (_what, exitCode, args, said) => {
    if (args.includes('--profile')) {
      vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    }
    const run = await sessions('end', args);
    expect(run).toMatchObject({ exitCode, output: '' });
    expect(run.errors).toContain(said);
    expect(run.errors.replace('(add --help for help)\n', '')).toMatch(/^[^\n]*\n$/);
  });

  it.each<[string, NodeJS.ProcessEnv, string, string?]>([
    ['which table', {}, 'which sessions table? Name it (--table, SESSIONS_TABLE_NAME): no AWS region'],
    ['which region', { SESSIONS_TABLE_NAME: 'sessions' }, 'no AWS region: name it (--region'],
    [
      'which region, where the variable is empty',
      { SESSIONS_TABLE_NAME: 'sessions', AWS_REGION: '' },
      'no AWS region: name it (--region',
    ],
    [
      'where a region is whose name is no name',
      { SESSIONS_TABLE_NAME: 'sessions', AWS_REGION: 'eu/west' },
      'no AWS region has such a name',
    ],
    [
      'who answers',
      { SESSIONS_TABLE_NAME: 'sessions', AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' },
      'AWS cannot be reached',
      'http://127.0.0.1:1',
    ],
  ])('nobody knows %s', async (_what, environment, said, endpoint = '') => {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint || inject('dynamodbEndpoint'));
    const run = await sessions('list', ['--sub', 'a'], { environment });
    expect(run).toMatchObject({ exitCode: 3, output: '' });
    expect(run.errors).toContain(said);
  });
});
