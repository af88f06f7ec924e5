import { readExtraCa } from '../infra/extra-ca.ts';
import { secretIdsOf } from '../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../receiver/relying-parties/relying-party.ts';
import { readWrittenRelyingPartiesFile, warningsAbout } from '../receiver/relying-parties/written-file.ts';
import { applicationEnvironment } from './application-environment.ts';
import { dynamodbClient, dynamodbProblem, reachDynamodb } from './dynamodb/dynamodb-client.ts';
import { type DynamodbEngine, findEngine, startDynamodbEngine } from './dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from './dynamodb/tables.ts';
import { requireOwnEnvFile, writeEnvFile } from './env-file.ts';
import { connectFunctions } from './event-sources/event-sources.ts';
import { openEventBuses } from './eventbridge/event-buses.ts';
import { readSchedules, runSchedules } from './eventbridge/schedules.ts';
import { serveHttpApi } from './http-api/http-api.ts';
import { readHttpApi } from './http-api/http-api-routes.ts';
import { localAccount } from './local-account.ts';
import { readableFunctionLine } from './log/function-line.ts';
import { requestLine } from './log/request-line.ts';
import type { Shutdown } from './process/shutdown.ts';
import { StartupError } from './process/startup-error.ts';
import { openQueues } from './queues/sqs.ts';
import { openSecretsManager } from './secrets/secrets-manager.ts';
import type { StartOptions } from './start-options.ts';
import { synthesize } from './template/synthesize.ts';
import { findOutput } from './template/template-resources.ts';

/** What runs. */
export interface LocalRun {
  /** URL of back-channel logout. */
  readonly endpoint: string;
  readonly dynamodb: string;
  /** Physical names. */
  readonly tables: { readonly sessions: string; readonly jwksCache: string };
  /** URLs, by the names of the templates' outputs. */
  readonly queues: Readonly<Record<string, string>>;
  /** URLs that their events can be read from, by the names of the templates' outputs. */
  readonly eventBuses: Readonly<Record<string, string>>;
  readonly region: string;
  /** Has been written, where one was asked for. */
  readonly envFile: string | undefined;
  readonly relyingPartiesFile: string;
  readonly relyingParties: readonly RelyingParty[];
  /** Rejects when a part that cannot be replaced ends by itself. */
  readonly failure: Promise<never>;
}

/** What the local run is given, beside the flags. */
export interface LocalRunOptions extends StartOptions {
  readonly relyingPartiesFile: string;
}

/** What stands between the parts of the local run. */
export interface LocalRunParts {
  /** Puts something before DynamoDB, for the functions. @returns its endpoint */
  beforeDynamodb?(endpoint: string): Promise<string>;
}

/**
 * Synthesizes the app and runs what its templates define: the tables, the queues, the event buses, the functions, the HTTP API.
 *
 * @param warn is told, in one line, where the local run differs from a deployment
 * @throws StartupError, or RelyingPartiesError
 */
export async function startLocalRun(
  options: LocalRunOptions,
  shutdown: Shutdown,
  warn: (line: string) => void,
  parts: LocalRunParts = {},
): Promise<LocalRun> {
  const { relyingPartiesFile } = options;
  const { relyingParties } = readWrittenRelyingPartiesFile(relyingPartiesFile);
  for (const warning of warningsAbout(relyingParties)) {
    warn(`warning: ${warning}`);
  }
  if (options.extraCaFile !== undefined) {
    readExtraCa(options.extraCaFile);
  }
  if (options.envFile !== undefined) {
    requireOwnEnvFile(options.envFile);
  }
  const secretsManager = await openSecretsManager(options, secretIdsOf(relyingParties), shutdown);
  const prepared = prepare(options, secretsManager, shutdown, warn, parts);
  const [port, { endpointPath, dynamodb, tables, queues, eventBuses, failure }] = await Promise.all([
    serveHttpApi(
      options.port,
      prepared,
      shutdown,
      options.json ? undefined : (answered) => tell(requestLine(answered)),
    ),
    prepared,
  ]);
  const { region } = localAccount;
  if (options.envFile !== undefined) {
    writeEnvFile(options.envFile, applicationEnvironment({ dynamodb, region, tables }));
  }
  return {
    endpoint: `http://127.0.0.1:${port}${endpointPath}`,
    dynamodb,
    tables,
    queues,
    eventBuses,
    region,
    envFile: options.envFile,
    relyingPartiesFile,
    relyingParties,
    failure,
  };
}

async function prepare(
  options: LocalRunOptions,
  secretsManager: string | undefined,
  shutdown: Shutdown,
  warn: (line: string) => void,
  { beforeDynamodb }: LocalRunParts,
) {
  const [stacks, { endpoint: dynamodb, failure }] = await Promise.all([
    synthesize(options.relyingPartiesFile, shutdown, {
      sessionEndedEvents: options.sessionEndedEvents,
      ...(options.extraCaFile !== undefined && { extraCa: options.extraCaFile }),
    }),
    openDynamodb(options, shutdown),
  ]);
  await createTables(dynamodbClient(dynamodb), readTables(stacks), warn).catch((cause: unknown) => {
    throw cause instanceof StartupError ? cause : dynamodbProblem(dynamodb, cause);
  });
  const api = readHttpApi(stacks);
  const schedules = readSchedules(stacks);
  const invoked = [...api.routes, ...schedules].map(({ functionArn }) => functionArn);
  const [served, eventBuses] = await Promise.all([openQueues(stacks, shutdown), openEventBuses(stacks, shutdown)]);
  const reached = (await beforeDynamodb?.(dynamodb)) ?? dynamodb;
  const endpoints = {
    dynamodb: reached,
    streams: dynamodb,
    secretsManager,
    sqs: served.endpoint,
    eventBridge: eventBuses.endpoint,
  };
  const onLine = options.json ? undefined : (line: string) => tell(readableFunctionLine(line));
  const functions = await connectFunctions(stacks, invoked, served, endpoints, shutdown, warn, onLine);
  runSchedules(schedules, functions, shutdown);
  return {
    api,
    functions,
    endpointPath: new URL(findOutput(stacks, 'BackchannelLogoutUri')).pathname,
    tables: { sessions: findOutput(stacks, 'SessionsTableName'), jwksCache: findOutput(stacks, 'JwksCacheTableName') },
    queues: served.urls,
    eventBuses: eventBuses.urls,
    dynamodb,
    failure,
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
