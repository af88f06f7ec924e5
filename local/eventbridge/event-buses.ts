import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { localAccount } from '../local-account.ts';
import { readBody } from '../loopback/http-request.ts';
import { listenOnLoopback } from '../loopback/loopback-server.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { findOutputs, findResources } from '../template/template-resources.ts';

/** Ten entries have 1 MiB at most together, and JSON can take six characters for one. */
const MOST_BODY_BYTES = 8 * 1024 * 1024;

const Detail = z.string().check(z.refine(isJsonObject));
const Entry = z.strictObject({
  EventBusName: z.string(),
  Source: z.string(),
  DetailType: z.string(),
  Detail,
  /** Epoch seconds. */
  Time: z.optional(z.number()),
});
const PutEventsInput = z.strictObject({ Entries: z.array(Entry).check(z.minLength(1), z.maxLength(10)) });
type Entry = z.infer<typeof Entry>;

/** An event as a rule's target gets it. */
export type DeliveredEvent = ReturnType<typeof deliveredEvent>;

/** Who reads the events of a bus, by the path that they are read from. */
type Subscribers = ReadonlyMap<string, Set<ServerResponse>>;

/** The event buses of the templates. */
export interface ServedEventBuses {
  /** Of the local EventBridge; undefined where there is no event bus. */
  readonly endpoint: string | undefined;
  /** Where the events of a bus can be read, by the name of the bus's output, which ends in `EventBusName`. */
  readonly urls: Readonly<Record<string, string>>;
}

/**
 * Serves the event buses of the templates where there are any.
 *
 * @param onEvent is told of each event that comes
 */
export async function openEventBuses(
  stacks: readonly Stack[],
  shutdown: Shutdown,
  onEvent?: (event: DeliveredEvent) => void,
): Promise<ServedEventBuses> {
  const names = findResources(stacks, 'AWS::Events::EventBus').map(({ ids }) => ids.ref);
  if (names.length === 0) {
    return { endpoint: undefined, urls: {} };
  }
  const endpoint = await serveEventBridge(names, shutdown, onEvent);
  const outputs = Object.entries(findOutputs(stacks, 'EventBusName'));
  return { endpoint, urls: Object.fromEntries(outputs.map(([output, name]) => [output, `${endpoint}/${name}`])) };
}

/**
 * Serves event buses on a free port of 127.0.0.1, as EventBridge does: PutEvents, and nothing else. In place of rules and
 * targets, a GET of the endpoint's path with the name of a bus is answered with its events as they come, a line of JSON each.
 *
 * @returns its endpoint
 */
export async function serveEventBridge(
  names: readonly string[],
  shutdown: Shutdown,
  onEvent?: (event: DeliveredEvent) => void,
): Promise<string> {
  // The port can be found by other users of this machine, and by web pages whose name leads to loopback. The path is
  // what only the functions are told, and whoever runs them.
  const path = `/${randomBytes(16).toString('hex')}`;
  const subscribers = new Map(names.map((name) => [`${path}/${name}`, new Set<ServerResponse>()]));
  const server = createServer((message, response) => {
    const subscribed = message.method === 'GET' && subscribers.get(message.url ?? '');
    if (subscribed) {
      subscribe(response, subscribed);
      return;
    }
    answer(message, path, subscribers, onEvent)
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
      })
      // The client is gone, and nobody is left to answer.
      .catch(() => response.destroy());
  });
  const port = await listenOnLoopback(server, 0, shutdown);
  return `http://127.0.0.1:${port}${path}`;
}

function subscribe(response: ServerResponse, subscribed: Set<ServerResponse>): void {
  subscribed.add(response);
  response.once('close', () => subscribed.delete(response));
  // At once, so that the subscriber knows from when on it misses nothing.
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders();
}

async function answer(
  message: IncomingMessage,
  path: string,
  subscribers: Subscribers,
  onEvent?: (event: DeliveredEvent) => void,
) {
  const body = await readBody(message, MOST_BODY_BYTES);
  const { method, url, headers } = message;
  if (method !== 'POST' || url !== `${path}/` || headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
    return failure('UnknownOperationException', 'the local run knows PutEvents only');
  }
  const { success, data } = PutEventsInput.safeParse(parse(body));
  if (!success) {
    return failure(
      'ValidationException',
      'the local run takes 1 to 10 entries with bus, source, type, detail and time',
    );
  }
  const unknown = data.Entries.find(({ EventBusName }) => !subscribers.has(`${path}/${EventBusName}`));
  if (unknown) {
    return failure('ResourceNotFoundException', `Event bus ${unknown.EventBusName} does not exist.`);
  }
  const events = data.Entries.map((entry) => ({ bus: `${path}/${entry.EventBusName}`, event: deliveredEvent(entry) }));
  for (const { bus, event } of events) {
    onEvent?.(event);
    for (const subscriber of subscribers.get(bus) ?? []) {
      subscriber.write(`${JSON.stringify(event)}\n`);
    }
  }
  return { status: 200, body: { FailedEntryCount: 0, Entries: events.map(({ event: { id } }) => ({ EventId: id })) } };
}

/** As a rule's target gets it. */
function deliveredEvent({ Source, DetailType, Detail, Time = Date.now() / 1000 }: Entry) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: localAccount.id,
    time: new Date(Time * 1000).toISOString().replace(/\.\d+/, ''),
    region: localAccount.region,
    resources: [],
    detail: JSON.parse(Detail),
  };
}

function failure(type: string, message: string) {
  return { status: 400, body: { __type: type, message } };
}

function parse(body: Buffer | string | undefined): unknown {
  try {
    return body && JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function isJsonObject(text: string): boolean {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
