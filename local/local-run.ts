import { readExtraCa } from '../infra/extra-ca.ts';
import { secretIdsOf } from '../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../receiver/relying-parties/relying-party.ts';
import { applicationEnvironment } from './application-environment.ts';
import { dynamodbClient, dynamodbProblem, reachDynamodb } from './dynamodb/dynamodb-client.ts';
import { type DynamodbEngine, findEngine, startDynamodbEngine } from './dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from './dynamodb/tables.ts';
import { requireOwnEnvFile, writeEnvFile } from './env-file.ts';
import { connectFunctions } from './event-sources/event-sources.ts';
import { openEventBuses } from './eventbridge/event-buses.ts';
import { readSchedules, runSchedules } from './eventbridge/schedules.ts';
import { createRunningCode, type RunningCode } from './functions/running-code.ts';
import { type OnRequest, serveHttpApi } from './http-api/http-api.ts';
import { readHttpApi } from './http-api/http-api-routes.ts';
import { localAccount } from './local-account.ts';
import { readableFunctionLine } from './log/function-line.ts';
import { requestLine } from './log/request-line.ts';
import type { Shutdown } from './process/shutdown.ts';
import { StartupError } from './process/startup-error.ts';
import { openQueues } from './queues/sqs.ts';
import { checkedRelyingParties, useRelyingParties } from './relying-parties/checked-file.ts';
import { openSecretsManager } from './secrets/secrets-manager.ts';
import type { StartOptions } from './start-options.ts';
import type { Stack } from './template/cloud-assembly.ts';
import { synthesize } from './template/synthesize.ts';
import { findOutput } from './template/template-resources.ts';
import { createFeed } from './watch/feed.ts';
import { type RunWatcher, watchRun } from './watch/watch.ts';
import { serveWatchPage } from './watch/watch-page.ts';
import { watchTable } from './watch/watch-table.ts';

/** Who watches a run, and on which page. */
interface Watched {
  readonly watcher: RunWatcher;
  readonly page?: string;
}

/** What runs. */
export interface LocalRun {
  /** URL of back-channel logout. */
  readonly endpoint: string;
  /** URL of front-channel logout, where it is turned on. */
  readonly frontchannelEndpoint: string | undefined;
  readonly dynamodb: string;
  /** Physical names. */
  readonly tables: { readonly sessions: string; readonly jwksCache: string };
  /** URLs, by the names of the templates' outputs. */
  readonly queues: Readonly<Record<string, string>>;
  /** URLs that their events can be read from, by the names of the templates' outputs. */
  readonly eventBuses: Readonly<Record<string, string>>;
  readonly region: string;
  /** Address of the page that shows what happens, where there is one. */
  readonly page: string | undefined;
  /** Has been written, where one was asked for. */
  readonly envFile: string | undefined;
  readonly relyingPartiesFile: string;
  readonly relyingParties: readonly RelyingParty[];
  /**
   * Has the functions start anew with the relying parties of another file, as a deployment does. Requests that are under
   * way are answered before.
   *
   * @returns the relying parties
   * @throws RelyingPartiesError, StartupError or SecretsFileError: then nothing has changed
   */
  useRelyingParties(path: string): readonly RelyingParty[];
  /** Rejects when a part that cannot be replaced ends by itself. */
  readonly failure: Promise<never>;
}

/** What the local run is given, beside the flags. */
export interface LocalRunOptions extends StartOptions {
  readonly relyingPartiesFile: string;
}

/** What stands between the parts of the local run. */
export interface LocalRunParts {
  /** Is told what happens. @default - one for the page of `--watch` */
  readonly watcher?: RunWatcher;
  /** Puts something before DynamoDB, for the functions. @returns its endpoint */
  beforeDynamodb?(endpoint: string): Promise<string>;
}

/**
 * Synthesizes the app and runs what its templates define: the tables, the queues, the event buses, the functions, the HTTP API.
 *
 * @param warn is told, in one line, where the local run differs from a deployment
 * @throws StartupError, RelyingPartiesError or SecretsFileError
 */
export async function startLocalRun(
  options: LocalRunOptions,
  shutdown: Shutdown,
  warn: (line: string) => void,
  parts: LocalRunParts = {},
): Promise<LocalRun> {
  const { relyingPartiesFile } = options;
  const { relyingParties } = checkedRelyingParties(relyingPartiesFile, options, warn);
  if (options.extraCaFile !== undefined) {
    readExtraCa(options.extraCaFile);
  }
  if (options.envFile !== undefined) {
    requireOwnEnvFile(options.envFile);
  }
  const secretsManager = await openSecretsManager(options, secretIdsOf(relyingParties), shutdown);
  const watched = parts.watcher
    ? { watcher: parts.watcher }
    : options.watch
      ? await watchOnPage(options.port, shutdown)
      : undefined;
  const code = createRunningCode(shutdown);
  const prepared = prepare(options, secretsManager, code, shutdown, warn, { ...parts, ...watched });
  const [port, { endpointPath, frontchannelPath, dynamodb, tables, queues, eventBuses, failure }] = await Promise.all([
    serveHttpApi(options.port, prepared, shutdown, requestListener(options, watched?.watcher)),
    prepared,
  ]);
  const { region } = localAccount;
  if (options.envFile !== undefined) {
    writeEnvFile(options.envFile, applicationEnvironment({ dynamodb, region, tables }));
  }
  return {
    endpoint: `http://127.0.0.1:${port}${endpointPath}`,
    frontchannelEndpoint: frontchannelPath && `http://127.0.0.1:${port}${frontchannelPath}`,
    dynamodb,
    tables,
    queues,
    eventBuses,
    region,
    page: watched?.page,
    envFile: options.envFile,
    relyingPartiesFile,
    relyingParties,
    useRelyingParties: (path) => useRelyingParties(path, options, code, warn),
    failure,
  };
}

/** The page's port is the one after that of the HTTP API. */
async function watchOnPage(port: number, shutdown: Shutdown): Promise<Watched> {
  const feed = createFeed();
  return { watcher: watchRun(feed), page: await serveWatchPage(port === 0 ? 0 : port + 1, feed, shutdown) };
}

async function prepare(
  options: LocalRunOptions,
  secretsManager: string | undefined,
  code: RunningCode,
  shutdown: Shutdown,
  warn: (line: string) => void,
  { watcher, beforeDynamodb }: LocalRunParts,
) {
  const [stacks, { endpoint: dynamodb, failure }] = await Promise.all([
    synthesize(options.relyingPartiesFile, shutdown, {
      sessionEndedEvents: options.sessionEndedEvents,
      frontchannelLogout: options.frontchannelLogout,
      ...(options.extraCaFile !== undefined && { extraCa: options.extraCaFile }),
    }),
    openDynamodb(options, shutdown),
  ]);
  const tables = readTables(stacks);
  await createTables(dynamodbClient(dynamodb), tables, warn).catch((cause: unknown) => {
    throw cause instanceof StartupError ? cause : dynamodbProblem(dynamodb, cause);
  });
  const api = readHttpApi(stacks);
  const schedules = readSchedules(stacks);
  const invoked = [...api.routes, ...schedules].map(({ functionArn }) => functionArn);
  const [served, eventBuses] = await Promise.all([
    openQueues(stacks, shutdown),
    openEventBuses(stacks, shutdown, watcher?.onBusEvent),
  ]);
  const endpoints = {
    dynamodb: (await beforeDynamodb?.(dynamodb)) ?? dynamodb,
    streams: dynamodb,
    secretsManager,
    sqs: served.endpoint,
    eventBridge: eventBuses.endpoint,
  };
  const sessions = findOutput(stacks, 'SessionsTableName');
  const sessionsTable = tables.find(({ TableName }) => TableName === sessions);
  if (watcher && sessionsTable) {
    await watchTable(dynamodb, sessionsTable, watcher, shutdown, warn);
  }
  const onLine = lineListener(options, watcher);
  const functions = await connectFunctions(stacks, invoked, served, endpoints, shutdown, warn, onLine, code);
  runSchedules(schedules, functions, shutdown);
  return {
    api,
    functions,
    endpointPath: pathIn(stacks, 'BackchannelLogoutUri'),
    frontchannelPath: options.frontchannelLogout ? pathIn(stacks, 'FrontchannelLogoutUri') : undefined,
    tables: { sessions, jwksCache: findOutput(stacks, 'JwksCacheTableName') },
    queues: served.urls,
    eventBuses: eventBuses.urls,
    dynamodb,
    failure,
  };
}

/** The path of the URL that an output of the templates has. */
function pathIn(stacks: readonly Stack[], output: string): string {
  return new URL(findOutput(stacks, output)).pathname;
}

function requestListener({ json }: StartOptions, watcher: RunWatcher | undefined): OnRequest {
  return (request) => {
    const onAnswered = watcher?.onRequest(request);
    return (answered) => {
      onAnswered?.(answered);
      if (!json) {
        tell(requestLine(answered));
      }
    };
  };
}

/** @returns undefined where lines go to stderr as they are, which the functions can do themselves */
function lineListener({ json }: StartOptions, watcher: RunWatcher | undefined) {
  if (json && !watcher) {
    return undefined;
  }
  return (line: string) => {
    tell(json ? line : readableFunctionLine(line));
    watcher?.onLine(line);
  };
}

/** To stderr: stdout belongs to what the runner itself has to say. */
function tell(line: string | undefined): void {
  if (line !== undefined) {
    process.stderr.write(`${line}\n`);
  }
}

async function openDynamodb(options: StartOptions, shutdown: Shutdown): Promise<DynamodbEngine> {
  const { dynamodbEndpoint, dataDirectory, dynamodbPort } = options;
  if (dynamodbEndpoint === undefined) {
    return startDynamodbEngine(findEngine(), dataDirectory, shutdown, dynamodbPort);
  }
  await reachDynamodb(dynamodbEndpoint);
  return { endpoint: dynamodbEndpoint, failure: new Promise(() => undefined) };
}
