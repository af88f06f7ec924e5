import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { startLocalRun } from '../../local/local-run.ts';
import { createShutdown } from '../../local/process/shutdown.ts';
import { parseStartOptions } from '../../local/start-options.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { sampleOf } from '../sample.ts';
import { temporaryDirectory } from './functions/bundle.ts';
import { type StartedProcess, startProcess } from './started-process.ts';

const Ready = z.strictObject({
  endpoint: z.string().check(z.regex(/^http:\/\/127\.0\.0\.1:\d+\/backchannel-logout$/)),
  dynamodb: z.string().check(z.regex(/^http:\/\/127\.0\.0\.1:\d+$/)),
  tables: z.strictObject({ sessions: z.string(), jwksCache: z.string() }),
  region: z.literal('us-east-1'),
  queues: z.strictObject({
    DeferredLogoutQueueUrl: z.string(),
    DeadLetterQueueUrl: z.string(),
    UnverifiedLogoutQueueUrl: z.string(),
    UnverifiedDeadLetterQueueUrl: z.string(),
    InterruptedLogoutsGivenUpQueueUrl: z.string(),
  }),
});

const PROJECT_RELYING_PARTIES = 'relying-parties.json';

/** What it says on stderr within the first second. */
const STARTS =
  'logout-receiver: starts; after a change it first builds the functions and synthesizes the stacks, which takes some seconds\n';

/** @param cwd where npm is called */
function npmStart(flags: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = process.cwd()): StartedProcess {
  return startProcess('npm', ['--prefix', process.cwd(), 'start', '--silent', '--', '--port', '0', ...flags], {
    env,
    cwd,
  });
}

/** A proxy that reaches nothing, and the environment of those who must use it. */
async function proxyThatReachesNothing() {
  const asked: string[] = [];
  const server = createHttpServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(502).end();
  });
  server.on('connect', ({ url = '' }, socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  const proxy = await listen(server);
  onTestFinished(() => stopServer(server));
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'];
  const env = { ...Object.fromEntries(names.map((name) => [name, proxy])), NODE_USE_ENV_PROXY: '1', NO_PROXY: '' };
  return { asked, env };
}

const isWhole = process.env.WHOLE_PROOFS === 'true';
/** For a start whose synth is tested. */
const OWN_SYNTH = { SHARED_STACKS_FILE: undefined };

/** What npm runs; in `npm test` in one file with the synth of the test run, which takes a fifth of the time. */
function nodeStart(flags: readonly string[], env: NodeJS.ProcessEnv = {}): StartedProcess {
  const program = isWhole ? ['build/launch.mjs', 'local/start.ts'] : [inject('startFile')];
  const sharedSynth = { SHARED_STACKS_FILE: inject('stacksFile') };
  return startProcess(process.execPath, [...program, '--port', '0', ...flags], { env: { ...sharedSynth, ...env } });
}

/** By npm in `npm run prove`. */
const quickStart = isWhole ? npmStart : nodeStart;

/** Flags for a relying party that names two secrets, and for a secrets file with that content. */
function relyingPartyWithSecrets(secrets?: string): string[] {
  const directory = temporaryDirectory();
  const [relyingPartiesFile, secretsFile] = [join(directory, 'relying-parties.json'), join(directory, 'secrets.json')];
  const relyingParty = {
    issuer: 'https://op.test',
    clientId: 'shop',
    algorithms: ['HS256'],
    clientSecret: { secretId: 'clients/shop' },
    decryptionKeys: { secretId: 'keys/shop' },
  };
  writeFileSync(relyingPartiesFile, JSON.stringify({ relyingParties: [relyingParty] }));
  if (secrets !== undefined) {
    writeFileSync(secretsFile, secrets);
  }
  return ['--relying-parties', relyingPartiesFile, ...(secrets === undefined ? [] : ['--secrets', secretsFile])];
}

/** A relying parties file that no other start had, so that the app is synthesized. */
function newRelyingParties(): string {
  const file = join(temporaryDirectory(), 'relying-parties.json');
  writeFileSync(
    file,
    `{"relyingParties":[{"issuer":"https://${randomUUID()}.test","clientId":"shop","algorithms":["RS256"]}]}`,
  );
  return file;
}

async function portInUse(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return z.object({ port: z.number() }).parse(server.address()).port;
}

function logOut(endpoint: string): Promise<Response> {
  return fetch(endpoint, { method: 'POST', body: new URLSearchParams({ logout_token: 'made-up' }) });
}

/** Sends the signal to the process or, as Ctrl-C does, to its group: all must be over then. */
async function expectEnd(started: StartedProcess, signal: NodeJS.Signals, target: 'process' | 'group'): Promise<void> {
  expect(await started.family()).not.toEqual([]);
  process.kill(target === 'group' ? -started.pid : started.pid, signal);
  expect(await started.exited).toEqual([0, null]);
  await expect.poll(() => started.family()).toEqual([]);
  expect(started.leftovers()).toEqual([]);
}

describe('npm start', () => {
  it('with --json prints one line that says where everything is, and ends on SIGTERM with everything it started', async () => {
    // Neither the runner nor what it starts may ask the proxy for loopback.
    const proxy = await proxyThatReachesNothing();
    // The relying parties file is looked up from where npm was called.
    const file = `../${PROJECT_RELYING_PARTIES}`;
    const started = npmStart(['--json', '--relying-parties', file], proxy.env, join(process.cwd(), 'test'));
    const line = await started.ready();
    const { endpoint, dynamodb, tables } = Ready.parse(JSON.parse(line));
    for (const TableName of [tables.sessions, tables.jwksCache]) {
      const { Table } = await dynamodbClient(dynamodb).send(new DescribeTableCommand({ TableName }));
      expect(Table?.TableStatus).toBe('ACTIVE');
    }
    expect((await logOut(endpoint)).status).toBe(400);
    await expect
      .poll(() => started.output().stderr)
      .toMatch(/^\{"level":"INFO","message":"logout_rejected",.*"reason":"token_malformed"/m);
    expect(started.output().stderr).not.toContain('POST /backchannel-logout');
    expect(await started.family()).toEqual(
      expect.arrayContaining([expect.stringContaining('dynoxide serve'), expect.stringContaining('lambda-runtime')]),
    );
    await expectEnd(started, 'SIGTERM', 'process');
    expect(proxy.asked).toEqual([]);
    expect(started.output().stdout).toBe(line);
    await expect(fetch(endpoint)).rejects.toThrow();
    await expect(fetch(dynamodb)).rejects.toThrow();
  });

  it('says what it serves and what to do next, with a curl that works, and ends on Ctrl-C', async () => {
    const file = join(temporaryDirectory(), 'my-relying-parties.json');
    writeFileSync(file, '{"relyingParties":[{"issuer":"https://op.test","clientId":"shop"}]}');
    const envFile = join(temporaryDirectory(), '.env');
    const started = quickStart(['--relying-parties', file, '--write-env', envFile]);
    const printed = await started.ready();
    const exported = printed.matchAll(/^ +export (\w+)=(.*)$/gm);
    expect(parseEnv(readFileSync(envFile, 'utf8'))).toEqual(
      Object.fromEntries([...exported].map(([, name, value]) => [name, value])),
    );
    for (const said of [
      /http:\/\/127.0.0.1:\d+\/backchannel-logout/,
      /https:\/\/op\.test.*shop/,
      file,
      'backchannel_logout_uri',
      /AWS_ENDPOINT_URL_DYNAMODB=http/,
      /AWS_REGION=us-east-1/,
      /Ctrl-C/,
    ]) {
      expect(printed).toMatch(said);
    }
    const { stdout } = await promisify(execFile)('sh', ['-c', printed.match(/^ *(curl .*)$/m)?.[1] ?? '']);
    expect(stdout).toMatch(/^HTTP\/1\.1 400 [\s\S]*\r\n\r\n\{"error":"invalid_request","error_description":"\w+: /);
    const lines = () => started.output().stderr.split('\n');
    await expect
      .poll(lines)
      .toContainEqual(expect.stringMatching(/^POST \/backchannel-logout 400 token_malformed \(\d+ ms\)$/));
    // The issuer of this test does not exist.
    await expect
      .poll(lines)
      .toContainEqual(expect.stringMatching(/^WARN jwks_fetch_failed issuer=https:\/\/op\.test: .*op\.test/));
    expect(started.output().stderr).not.toMatch(/^\{|^ +at /m);
    await expectEnd(started, 'SIGINT', 'group');
  });

  const signals = [
    ['SIGINT', 'group', quickStart],
    ['SIGTERM', 'process', npmStart],
  ] as const;
  it.each(sampleOf(signals, 2))('ends on %s while it still starts', async (signal, target, start) => {
    const started = start(['--json', '--relying-parties', newRelyingParties()], OWN_SYNTH);
    await started.synthesizing();
    await expectEnd(started, signal, target);
    expect(started.output()).toEqual({ stdout: '', stderr: STARTS });
  });

  it('leaves no process when it is killed', async () => {
    const started = nodeStart(['--json', '--relying-parties', PROJECT_RELYING_PARTIES]);
    await logOut(Ready.parse(JSON.parse(await started.ready())).endpoint);
    expect((await started.family()).length).toBeGreaterThanOrEqual(3);
    process.kill(started.pid, 'SIGKILL');
    await expect.poll(() => started.family()).toEqual([]);
  });

  it('prints its flags with --help', async () => {
    const started = nodeStart(['--help']);
    expect(await started.exited).toEqual([0, null]);
    expect(started.output().stdout).toMatch(
      /--port N.*--relying-parties FILE.*--sample.*--secrets FILE.*--extra-ca FILE.*--dynamodb-endpoint URL.*--dynamodb-port N.*--data DIR.*--write-env FILE.*--session-ended-events.*--watch.*--json/s,
    );
  });
});

describe('npm start that cannot start', () => {
  it('says why in one line', async () => {
    const started = nodeStart(['--nope']);
    expect(await started.exited).toEqual([1, null]);
    expect(started.output()).toEqual({
      stdout: '',
      stderr: "logout-receiver: Unknown option '--nope' (flags: npm start -- --help)\n",
    });
    expect(started.leftovers()).toEqual([]);
    await expect.poll(() => started.family()).toEqual([]);
  });

  it.each<[string, () => Promise<string[]> | string[], RegExp]>([
    [
      'the port is taken',
      async () => ['--port', `${await portInUse()}`],
      /port \d+ is taken: choose another one with --port N, or a free one with --port 0/,
    ],
    ['there is no file of extra CAs', () => ['--extra-ca', '/nowhere/ca.pem'], /\/nowhere\/ca\.pem: cannot be read .*/],
    ['there is no relying parties file', () => ['--relying-parties', '/nowhere/file.json'], /\/nowhere\/file.json: .*/],
    [
      'the DynamoDB cannot be reached',
      () => ['--dynamodb-endpoint', 'http://127.0.0.1:1'],
      /DynamoDB at http:\/\/127\.0\.0\.1:1 cannot be used: ECONNREFUSED .*/,
    ],
    [
      'the relying parties name secrets, and none are given',
      () => relyingPartyWithSecrets(),
      /\/.*\/relying-parties\.json names secrets that are not given: clients\/shop, keys\/shop \(give them with --secrets FILE\)/,
    ],
    [
      'the secrets file is not JSON',
      () => relyingPartyWithSecrets('{"clients/shop": swordfish}'),
      /\/.*\/secrets\.json: not JSON: line 1, column 18: text without double quotes around it/,
    ],
  ])('says why: %s', async (_what, flags, message) => {
    const shutdown = createShutdown();
    onTestFinished(() => shutdown.end());
    const options = parseStartOptions(['--port', '0', ...(await flags())], process.cwd());
    const { relyingPartiesFile = PROJECT_RELYING_PARTIES } = options;
    const error = await startLocalRun({ ...options, relyingPartiesFile }, shutdown, () => undefined).catch(
      (thrown: unknown) => thrown,
    );
    // `npm start` prints the messages of these alone.
    expect(['StartupError', 'RelyingPartiesError', 'SecretsFileError', 'ConfigurationError']).toContain(
      error instanceof Error && error.name,
    );
    expect(error instanceof Error && error.message).toMatch(new RegExp(`^${message.source}$`));
  });

  it('names the field at fault of a relying parties file, which is looked up from where npm says it was called', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'bad.json'), '{"relyingParties":[{"issuer":"https://op.test"}]}');
    // What npm tells what it starts.
    const byNpm = { npm_lifecycle_event: 'start', INIT_CWD: cwd };
    const started = nodeStart(['--relying-parties', 'bad.json'], byNpm);
    expect(await started.exited).toEqual([1, null]);
    expect(started.output().stderr).toMatch(`logout-receiver: ${join(cwd, 'bad.json')}: relyingParties[0].clientId: `);
  });

  it('shows what the app said when it cannot be synthesized', async () => {
    const broken = join(temporaryDirectory(), 'broken.mjs');
    writeFileSync(broken, `if (process.argv[2]?.endsWith('app.ts')) { console.error('no memory'); process.exit(7); }`);
    const flags = ['--relying-parties', newRelyingParties()];
    const started = nodeStart(flags, { ...OWN_SYNTH, NODE_OPTIONS: `--import=${broken}` });
    expect(await started.exited).toEqual([1, null]);
    expect(started.output().stderr).toBe(
      `${STARTS}no memory\nlogout-receiver: the CDK app cannot be synthesized: \`node --enable-source-maps build/launch.mjs infra/app.ts\` ended with exit code 7\n`,
    );
    expect(started.leftovers()).toEqual([]);
  });
});
