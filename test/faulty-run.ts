import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { inject, vi } from 'vitest';
import { dynamodbClient } from '../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from '../local/dynamodb/tables.ts';
import { connectFunctions } from '../local/event-sources/event-sources.ts';
import { serveHttpApi } from '../local/http-api/http-api.ts';
import { readHttpApi } from '../local/http-api/http-api-routes.ts';
import { createShutdown } from '../local/process/shutdown.ts';
import { openQueues } from '../local/queues/sqs.ts';
import type { Stack } from '../local/template/cloud-assembly.ts';
import { findOutput } from '../local/template/template-resources.ts';
import { SessionStore } from '../relying-party/sessions/index.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { openFetchSlot } from './fetch-slot.ts';
import { stacksWith } from './shared-synth/stacks.ts';
import { unsignedClient } from './unsigned-client.ts';

/** The local run, with a proxy that fails on the wire between its functions and each service. */
export interface FaultyRun {
  readonly endpoint: string;
  readonly dynamodb: FaultProxy;
  readonly sqs: FaultProxy;
  /** Past the proxy. */
  readonly store: SessionStore;
  /** Messages of a queue, whether they can be received now or not. */
  depthOf(queue: QueueOutput): Promise<number>;
  /** Puts a message into a queue. */
  send(queue: QueueOutput, body: string): Promise<void>;
  /** Bodies of the messages that can be received now. */
  messagesIn(queue: QueueOutput): Promise<string[]>;
  /** Has the time come when the issuer may be asked again for the keys at a place. */
  openFetchSlot(jwksUri: string): Promise<void>;
  /** Moves what was given up back to where it came from. */
  redrive(): Promise<void>;
  /** Kills the processes of all functions, as a crash does. */
  killFunctions(): void;
  stop(): Promise<void>;
}

type QueueOutput =
  | 'DeferredLogoutQueueUrl'
  | 'DeadLetterQueueUrl'
  | 'UnverifiedLogoutQueueUrl'
  | 'UnverifiedDeadLetterQueueUrl';

/** What of the template is changed, so that a test need not wait for hours. */
export interface Hurry {
  /** Before the first try of a deferred logout; later ones are put off for twice as long each. */
  readonly delaySeconds: number;
  /** Tries before a logout is given up. */
  readonly maxReceiveCount: number;
}

/** Starts the parts of the local run in this process, with a DynamoDB engine of its own. */
export async function startFaultyRun(relyingParties: object[], hurry: Hurry): Promise<FaultyRun> {
  // The parts say what fails, which is what was asked for.
  const quiet = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const shutdown = createShutdown();
  const file = join(mkdtempSync(join(tmpdir(), 'relying-parties-')), 'relying-parties.json');
  writeFileSync(file, JSON.stringify({ relyingParties }));
  const engine = await startDynamodbEngine(findEngine(), undefined, shutdown);
  const stacks = stacksWith(file, readFileSync(inject('stacksFile'), 'utf8'), shutdown).map((stack) =>
    hurriedAndQuiet(stack, hurry),
  );
  const warn = (line: string) => {
    throw new Error(line);
  };
  await createTables(dynamodbClient(engine.endpoint), readTables(stacks), warn);
  const api = readHttpApi(stacks);
  const served = await openQueues(stacks, shutdown);
  const sqsUrl = new URL(served.endpoint ?? '');
  const [dynamodb, sqs] = await Promise.all([startFaultProxy(engine.endpoint), startFaultProxy(sqsUrl.origin)]);
  // What polls the streams of tables stands in for AWS, and is not under test.
  const endpoints = {
    dynamodb: dynamodb.endpoint,
    streams: engine.endpoint,
    sqs: `${sqs.endpoint}${sqsUrl.pathname}`,
  };
  const routed = api.routes.map(({ functionArn }) => functionArn);
  const functions = await connectFunctions(stacks, routed, served, endpoints, shutdown, warn);
  const port = await serveHttpApi(0, Promise.resolve({ api, functions }), shutdown);

  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const tables = unsignedClient(engine.endpoint);
  const client = new SQSClient({ region: 'us-east-1', credentials, endpoint: served.endpoint ?? '' });
  const urlOf = (queue: QueueOutput) => served.urls[queue] ?? '';
  const attributesOf = async (queue: QueueOutput) => {
    const command = new GetQueueAttributesCommand({ QueueUrl: urlOf(queue), AttributeNames: ['All'] });
    return (await client.send(command)).Attributes ?? {};
  };
  return {
    endpoint: `http://127.0.0.1:${port}${new URL(findOutput(stacks, 'BackchannelLogoutUri')).pathname}`,
    dynamodb,
    sqs,
    store: new SessionStore({
      client: tables,
      tableName: findOutput(stacks, 'SessionsTableName'),
    }),
    async depthOf(queue) {
      const attributes = await attributesOf(queue);
      return (
        Number(attributes.ApproximateNumberOfMessages) +
        Number(attributes.ApproximateNumberOfMessagesNotVisible) +
        Number(attributes.ApproximateNumberOfMessagesDelayed)
      );
    },
    async openFetchSlot(jwksUri) {
      await openFetchSlot({ client: tables, tableName: findOutput(stacks, 'JwksCacheTableName') }, jwksUri);
    },
    async redrive() {
      const { QueueArn } = await attributesOf('DeadLetterQueueUrl');
      await client.send(new StartMessageMoveTaskCommand({ SourceArn: QueueArn }));
    },
    async send(queue, body) {
      await client.send(new SendMessageCommand({ QueueUrl: urlOf(queue), MessageBody: body }));
    },
    async messagesIn(queue) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: urlOf(queue), MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
      );
      return Messages.map(({ Body = '' }) => Body);
    },
    killFunctions() {
      execFileSync('pkill', ['-KILL', '-P', String(process.pid), '-f', 'lambda-runtime.mjs']);
    },
    async stop() {
      quiet.mockRestore();
      client.destroy();
      await shutdown.end();
      await Promise.all([dynamodb.stop(), sqs.stop()]);
    },
  };
}

const MUTE = '--import=data:text/javascript,process.stdout.write=process.stderr.write=()=>true';

/** Looks after logouts that were begun a second later, when the function that began them is done or dead, and logs nothing. */
export function hurriedAndQuiet(stack: Stack, { delaySeconds, maxReceiveCount }: Hurry): Stack {
  const text = JSON.stringify(stack.template)
    .replaceAll('"DEFERRED_LOGOUT_DELAY_SECONDS":"30"', `"DEFERRED_LOGOUT_DELAY_SECONDS":"${delaySeconds}"`)
    .replaceAll('"maxReceiveCount":30', `"maxReceiveCount":${maxReceiveCount}`)
    .replaceAll('"MaximumBatchingWindowInSeconds":20', '"MaximumBatchingWindowInSeconds":1')
    .replaceAll('"POWERTOOLS_SERVICE_NAME"', `"NODE_OPTIONS":"${MUTE}","POWERTOOLS_SERVICE_NAME"`);
  return { ...stack, template: JSON.parse(text) };
}
