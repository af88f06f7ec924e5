import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import * as z from 'zod/mini';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from '../../local/dynamodb/tables.ts';
import { connectFunctions } from '../../local/event-sources/event-sources.ts';
import { openEventBuses } from '../../local/eventbridge/event-buses.ts';
import { readSchedules, runSchedules } from '../../local/eventbridge/schedules.ts';
import { serveHttpApi } from '../../local/http-api/http-api.ts';
import { readHttpApi } from '../../local/http-api/http-api-routes.ts';
import { createShutdown } from '../../local/process/shutdown.ts';
import { openQueues } from '../../local/queues/sqs.ts';
import { openSecretsManager } from '../../local/secrets/secrets-manager.ts';
import type { Stack } from '../../local/template/cloud-assembly.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { findOutput, findResources } from '../../local/template/template-resources.ts';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import { hurriedAndQuiet } from '../faulty-run.ts';
import { openFetchSlot } from '../fetch-slot.ts';
import { unsignedClient } from '../unsigned-client.ts';
import { functionRoles } from './calls-of-aws.ts';
import { APPLICATION_ID, type RecordedCall, recordedCall } from './recorded-call.ts';
import type { RoleCall } from './role-call.ts';

/** The parts of the local run with everything turned on, and a recorder between its functions and each service. */
export interface RecordedRun {
  /** As they were synthesized. */
  readonly stacks: readonly Stack[];
  /** What the functions have called so far, each call once, with the role of its function. */
  calls(): RoleCall[];
  /** Says which calls fail, with an internal error of the service. */
  fails: (call: RecordedCall) => boolean;
  readonly backchannelLogoutUri: string;
  readonly frontchannelLogoutUri: string;
  /** Past the recorder. */
  readonly store: SessionStore;
  /** Has the time come when the issuer may be asked again for the keys at a place. */
  openFetchSlot(jwksUri: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the parts of the local run in this process.
 *
 * @param secretValues by secret id: a text, or an object that stands for its JSON text
 */
export async function startRecordedRun(
  relyingParties: readonly object[],
  secretValues: Readonly<Record<string, unknown>>,
): Promise<RecordedRun> {
  // The parts say what fails, which is what was asked for.
  const quiet = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const shutdown = createShutdown();
  const directory = mkdtempSync(join(tmpdir(), 'recorded-run-'));
  const [relyingPartiesFile, secretsFile] = [join(directory, 'relying-parties.json'), join(directory, 'secrets.json')];
  writeFileSync(relyingPartiesFile, JSON.stringify({ relyingParties }));
  writeFileSync(secretsFile, JSON.stringify(secretValues));
  const [stacks, engine] = await Promise.all([
    synthesize(relyingPartiesFile, shutdown, { sessionEndedEvents: true, frontchannelLogout: true }),
    startDynamodbEngine(findEngine(), undefined, shutdown),
  ]);
  const elsewhere = await startFaultProxy('http://127.0.0.1:1');
  const run = stacks
    .map((stack) => hurriedAndQuiet(stack, { delaySeconds: 1, maxReceiveCount: 30 }))
    .map((stack) => withNamedFunctions(stack, { AWS_ENDPOINT_URL: elsewhere.endpoint }));
  const warn = (line: string) => {
    throw new Error(line);
  };
  await createTables(dynamodbClient(engine.endpoint), readTables(run), warn);
  const [served, eventBuses, secretsManager] = await Promise.all([
    openQueues(run, shutdown),
    openEventBuses(run, shutdown),
    openSecretsManager({ secretsFile, relyingPartiesFile }, Object.keys(secretValues), shutdown),
  ]);

  const calls: RecordedCall[] = [];
  const proxies = [elsewhere];
  const recorded = async (endpoint = '') => {
    const { origin, pathname } = new URL(endpoint);
    const proxy = await startFaultProxy(origin);
    proxies.push(proxy);
    return proxy.endpoint + (pathname === '/' ? '' : pathname);
  };
  const endpoints = {
    dynamodb: await recorded(engine.endpoint),
    streams: engine.endpoint,
    secretsManager: await recorded(secretsManager),
    sqs: await recorded(served.endpoint),
    eventBridge: await recorded(eventBuses.endpoint),
  };
  for (const proxy of proxies) {
    proxy.fateOf = (operation, _index, request) => {
      const call = recordedCall(operation, request);
      calls.push(call);
      return proxy === elsewhere || recordedRun.fails(call) ? 'fail' : 'pass';
    };
  }

  const api = readHttpApi(run);
  const schedules = readSchedules(run);
  const invoked = [...api.routes, ...schedules].map(({ functionArn }) => functionArn);
  const functions = await connectFunctions(run, invoked, served, endpoints, shutdown, warn);
  const port = await serveHttpApi(0, Promise.resolve({ api, functions }), shutdown);
  runSchedules(schedules, functions, shutdown);
  const client = unsignedClient(engine.endpoint);
  const uriOf = (output: string) => `http://127.0.0.1:${port}${new URL(findOutput(run, output)).pathname}`;
  const recordedRun: RecordedRun = {
    stacks,
    calls: () => roleCalls(calls, stacks),
    fails: () => false,
    backchannelLogoutUri: uriOf('BackchannelLogoutUri'),
    frontchannelLogoutUri: uriOf('FrontchannelLogoutUri'),
    store: new SessionStore({ client, tableName: findOutput(run, 'SessionsTableName') }),
    async openFetchSlot(jwksUri) {
      await openFetchSlot({ client, tableName: findOutput(run, 'JwksCacheTableName') }, jwksUri);
    },
    async stop() {
      quiet.mockRestore();
      await shutdown.end();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
  return recordedRun;
}

const WithVariables = z.looseObject({
  Environment: z.looseObject({ Variables: z.record(z.string(), z.unknown()) }),
});

/** Has each function tell, with each of its calls, which one it is. */
function withNamedFunctions({ template, ...stack }: Stack, further: Readonly<Record<string, string>>): Stack {
  const Resources = Object.entries(template.Resources).map(([id, { Type, Properties }]) => {
    if (Type !== 'AWS::Lambda::Function') {
      return [id, { Type, Properties }] as const;
    }
    const { Environment, ...rest } = WithVariables.parse(Properties);
    const Variables = { ...Environment.Variables, ...further, [APPLICATION_ID]: id };
    return [id, { Type, Properties: { ...rest, Environment: { ...Environment, Variables } } }] as const;
  });
  return { ...stack, template: { ...template, Resources: Object.fromEntries(Resources) } };
}

function roleCalls(calls: readonly RecordedCall[], stacks: readonly Stack[]): RoleCall[] {
  const roles = functionRoles(stacks);
  const arns = new Map(
    findResources(stacks, 'AWS::Lambda::Function').map(({ ids, place }) => [
      place.path.split('.')[1],
      ids.attributes.Arn ?? '',
    ]),
  );
  const made = calls.flatMap(({ functionId, action, resources }) => {
    const role = roles.get(arns.get(functionId) ?? '') ?? `unknown: ${functionId}`;
    return resources.map((resource) => ({ role, action, resource }));
  });
  return [...new Map(made.map((call) => [JSON.stringify(call), call])).values()];
}
