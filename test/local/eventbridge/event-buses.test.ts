import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { beforeEach, describe, expect, it } from 'vitest';
import { openEventBuses, type ServedEventBuses } from '../../../local/eventbridge/event-buses.ts';
import { localAccount } from '../../../local/local-account.ts';
import { createShutdown, type Shutdown } from '../../../local/process/shutdown.ts';
import { type Subscription, subscribe } from '../../event-subscription.ts';

const stack = {
  name: 'S',
  template: {
    Resources: {
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'ends' } },
      Other: { Type: 'AWS::Events::EventBus', Properties: { Name: 'other' } },
    },
    Outputs: { EndsEventBusName: { Value: { Ref: 'Bus' } }, SomethingElse: { Value: 'x' } },
  },
  assets: new Map(),
};

let shutdown: Shutdown;
let served: ServedEventBuses;
let endpoint: string;
let client: EventBridgeClient;
let subscription: Subscription;

beforeEach(async () => {
  shutdown = createShutdown();
  served = await openEventBuses([stack], shutdown);
  endpoint = served.endpoint ?? '';
  client = new EventBridgeClient({ ...localAccount, endpoint, maxAttempts: 1 });
  subscription = await subscribe(served.urls.EndsEventBusName ?? '');
  return async () => {
    client.destroy();
    await subscription.stop();
    await shutdown.end();
  };
});

const entry = (detail: unknown, EventBusName = 'ends') => ({
  EventBusName,
  Source: 'here',
  DetailType: 'Something Done',
  Time: new Date('2026-11-25T10:00:00Z'),
  Detail: JSON.stringify(detail),
});

const put = (...Entries: object[]) => client.send(new PutEventsCommand({ Entries }));

/** Asks as the SDK does, but for what the test changes. */
function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${endpoint}${path}`, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSEvents.PutEvents', ...headers },
    body,
  });
}

describe('the local EventBridge', () => {
  it('hands an event to whoever reads the bus, as to the target of a rule', async () => {
    const { FailedEntryCount, Entries } = await put(entry({ a: ['ä'] }));
    const event = await subscription.next();
    expect(event).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Something Done',
      source: 'here',
      account: '000000000000',
      time: '2026-11-25T10:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail: { a: ['ä'] },
    });
    expect({ FailedEntryCount, Entries }).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: event.id }] });
  });

  it('keeps the order of a request, and the events of another bus away', async () => {
    await put(entry({ n: 1 }), entry({ n: 2 }, 'other'), entry({ n: 3 }));
    expect([(await subscription.next()).detail, (await subscription.next()).detail]).toEqual([{ n: 1 }, { n: 3 }]);
  });

  it('hands an event to all who read the bus, also when one of them has left', async () => {
    const [second, third] = await Promise.all([0, 1].map(() => subscribe(served.urls.EndsEventBusName ?? '')));
    await third?.stop();
    await put(entry({ n: 1 }));
    expect([(await subscription.next()).id]).toEqual([(await second?.next())?.id]);
    await second?.stop();
  });

  it.each<[string, object[], string]>([
    ['no entries', [], 'ValidationException'],
    ['eleven entries', Array.from({ length: 11 }, () => entry({})), 'ValidationException'],
    ['a detail that is no JSON', [{ ...entry({}), Detail: '{' }], 'ValidationException'],
    ['a detail that is no object', [entry(['a'])], 'ValidationException'],
    ['a member that it does not know', [{ ...entry({}), Resources: ['arn'] }], 'ValidationException'],
    ['a bus that is not there', [entry({}), entry({}, 'nowhere')], 'ResourceNotFoundException'],
  ])('refuses a request with %s, and hands over none of it', async (_what, entries, name) => {
    await expect(put(...entries)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
    await put(entry({ since: true }));
    expect((await subscription.next()).detail).toEqual({ since: true });
  });

  it('knows no other operation', async () => {
    await expect(client.send(new ListRulesCommand())).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  it.each<[string, () => Promise<Response>, string]>([
    ['on another path', () => post('/more', '{}'), 'UnknownOperationException'],
    ['with another method', () => fetch(`${endpoint}/`), 'UnknownOperationException'],
    ['for a bus that is not there', () => fetch(`${endpoint}/nowhere`), 'UnknownOperationException'],
    ['without its path', () => fetch(new URL('/ends', endpoint)), 'UnknownOperationException'],
    ['of a name where its path should be', () => fetch(new URL(`/${'x'.repeat(32)}/ends`, endpoint)), 'UnknownOp.*'],
    ['with no JSON', () => post('/', 'private'), 'ValidationException'],
  ])('refuses a request %s', async (_what, ask, type) => {
    const response = await ask();
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ __type: expect.stringMatching(type), message: expect.any(String) });
  });

  it('is not there when the template has no event bus', async () => {
    const template = { Resources: {}, Outputs: {} };
    expect(await openEventBuses([{ ...stack, template }], shutdown)).toEqual({ endpoint: undefined, urls: {} });
  });

  it('is gone when the local run ends, whoever reads', async () => {
    await shutdown.end();
    await expect(post('/', '{}')).rejects.toThrow();
  });
});
