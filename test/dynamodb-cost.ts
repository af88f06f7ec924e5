import { setImmediate } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';

/** What an action costs at DynamoDB. */
export interface DynamodbCost {
  /** Write request units. */
  readonly writes: number;
  /** Read request units; half a unit for an eventually consistent read. */
  readonly reads: number;
  /** How many calls wait for one another: the longest chain. */
  readonly roundTrips: number;
  /** Names of the calls, such as `UpdateItem`: one list for each round trip, of what was under way at the same time. */
  readonly calls: readonly (readonly string[])[];
}

/** Turns of the event loop without a further call, after which none is expected before one of the held is answered. */
const QUIET_TURNS = 10;

const Capacity = z.object({ CapacityUnits: z.number() });
const Output = z.object({ ConsumedCapacity: z.optional(z.union([Capacity, z.array(Capacity)])) });
const Refusal = z.object({ name: z.literal('ConditionalCheckFailedException') });

/**
 * Measures the request units and the round trips of an action.
 *
 * Each call is held until all that do not wait for its answer are there too, and until all that were sent before are
 * answered. So the number of round trips depends on the code alone, and not on who is quicker.
 *
 * DynamoDB does not tell the units of a write that a condition refused. One unit is counted, as AWS charges where the
 * item that is there has at most 1 KB.
 *
 * @param client makes no other calls meanwhile
 * @returns all calls that were begun, also those that the action did not wait for
 */
export async function dynamodbCostOf(
  client: DynamoDBDocumentClient,
  action: () => Promise<unknown>,
): Promise<DynamodbCost> {
  const cost = { writes: 0, reads: 0 };
  const calls: string[][] = [];
  const waves = new Waves();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context.commandName).replace(/Command$/, '');
      const kind = /Get|Query|Scan/.test(name) ? 'reads' : 'writes';
      return await waves.join(async (wave) => {
        calls[wave] = [...(calls[wave] ?? []), name];
        try {
          const answer = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
          cost[kind] += unitsIn(answer.output);
          return answer;
        } catch (error) {
          cost[kind] += Refusal.safeParse(error).success ? 1 : 0;
          throw error;
        }
      });
    },
    { name: 'dynamodbCost', step: 'initialize', priority: 'high' },
  );
  try {
    await action();
    await waves.settled();
  } finally {
    client.middlewareStack.remove('dynamodbCost');
  }
  return { ...cost, roundTrips: calls.length, calls };
}

/** Has calls go out in waves: a wave begins when all of the one before are answered, and no further call comes. */
class Waves {
  #sent = 0;
  /** Of the next wave. */
  #held: ((wave: number) => void)[] = [];
  #calls: Promise<unknown>[] = [];
  #next: Promise<void> | undefined;
  /** The last that is there. It never rejects. */
  #last: Promise<void> | undefined;

  /** Makes a call in the next wave. */
  async join<T>(call: (wave: number) => Promise<T>): Promise<T> {
    const made = new Promise<number>((resolve) => this.#held.push(resolve)).then(call);
    this.#calls.push(made.catch(() => undefined));
    this.#next ??= this.#send(this.#last);
    this.#last = this.#next;
    return await made;
  }

  /** Settles when no call is left. */
  async settled(): Promise<void> {
    for (let last: Promise<void> | undefined; last !== this.#last; await quiet(() => this.#held.length)) {
      last = this.#last;
      await last;
    }
  }

  async #send(previous: Promise<void> | undefined): Promise<void> {
    await previous;
    await quiet(() => this.#held.length);
    this.#next = undefined;
    const calls = this.#calls.splice(0);
    for (const begin of this.#held.splice(0)) {
      begin(this.#sent);
    }
    this.#sent += 1;
    await Promise.all(calls);
  }
}

/** Waits until some turns of the event loop have brought no further call. */
async function quiet(countOfCalls: () => number): Promise<void> {
  let calls = countOfCalls();
  for (let turns = 0; turns < QUIET_TURNS; turns++) {
    await setImmediate();
    turns = countOfCalls() === calls ? turns : 0;
    calls = countOfCalls();
  }
}

function unitsIn(output: unknown): number {
  return [Output.parse(output).ConsumedCapacity ?? []]
    .flat()
    .reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}
