import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { listen, stopServer } from '../../loopback-server.ts';

const PutEvents = z.object({
  Entries: z.array(
    z.object({
      EventBusName: z.string(),
      Source: z.string(),
      DetailType: z.string(),
      Detail: z.string(),
      Time: z.number(),
    }),
  ),
});

export type Entry = z.infer<typeof PutEvents>['Entries'][number];

/** An EventBridge that takes or refuses what it is told to. */
export interface ToldEventBus {
  readonly endpoint: string;
  /** The entries of each request so far. */
  readonly requests: Entry[][];
  /** Of an entry in a request; undefined: it is taken. */
  errorCodeOf: (entry: Entry, request: number) => string | undefined;
  /** Whether all requests fail. */
  isDown: boolean;
  stop(): Promise<void>;
}

export async function toldEventBus(): Promise<ToldEventBus> {
  const server = createServer(async (request, response) => {
    const { Entries } = PutEvents.parse(await json(request));
    const number = bus.requests.push(Entries) - 1;
    const answers = Entries.map((entry, index) => {
      const ErrorCode = bus.errorCodeOf(entry, number);
      return ErrorCode === undefined
        ? { EventId: `${number}-${index}` }
        : { ErrorCode, ErrorMessage: 'as it was told' };
    });
    const FailedEntryCount = answers.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
    response
      .writeHead(bus.isDown ? 500 : 200, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(bus.isDown ? { __type: 'InternalException' } : { FailedEntryCount, Entries: answers }));
  });
  const bus: ToldEventBus = {
    endpoint: await listen(server),
    requests: [],
    errorCodeOf: () => undefined,
    isDown: false,
    stop: () => stopServer(server),
  };
  return bus;
}
