import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { operationName } from './modelled-client.ts';
import { type Operation, operationOf } from './operation.ts';

/**
 * What becomes of an operation: it is carried out, or its request or its answer is lost, or its process dies before it.
 * Or it is carried out twice, since it was sent again: one of the two comes any time later, and the first or the second
 * is answered.
 */
export type Fate = 'pass' | 'lose request' | 'lose answer' | 'die' | 'come again' | 'answer the second';

interface WaitingOperation {
  readonly operation: Operation;
  /** Lets it go, and waits until it is answered. */
  release(): Promise<void>;
}

/** Somebody whose DynamoDB operations wait, each, until they are let go. */
export class Actor {
  readonly name: string;
  readonly waiting: WaitingOperation[] = [];
  /** What its work threw. */
  failure: unknown;
  readonly #fateOf: (index: number) => Fate;
  #operations = 0;
  #isWorking = false;

  /** @param fateOf of the actor's operations, counted from 0 */
  constructor(name: string, fateOf: (index: number) => Fate) {
    this.name = name;
    this.#fateOf = fateOf;
  }

  /** Whether it does nothing more by itself: it waits to be let go, or is done, or dead, or has not begun. */
  get isAtRest(): boolean {
    return !this.#isWorking || this.waiting.length > 0;
  }

  start(work: () => Promise<void>): void {
    this.#isWorking = true;
    CURRENT.run(this, work)
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.#isWorking = false;
      });
  }

  async carryOut<Answer>(name: string, input: unknown, send: () => Promise<Answer>): Promise<Answer> {
    const index = this.#operations++;
    const operation = operationOf(`${this.name} ${index}`, name, input);
    const fate = this.#isWorking ? this.#fateOf(index) : 'die';
    if (fate === 'die') {
      this.#isWorking = false;
      return await new Promise(() => undefined);
    }
    let answered = await this.#letGo(operation);
    if (fate === 'answer the second') {
      await send().catch(() => undefined);
      answered();
      answered = await this.#letGo({ ...operation, id: `${operation.id} again` });
    }
    try {
      if (fate === 'lose request') {
        throw new Error('the request was lost');
      }
      const answer = await send();
      if (fate === 'lose answer') {
        throw new Error('the answer was lost');
      }
      if (fate === 'come again') {
        void this.#letGo({ ...operation, id: `${operation.id} again` }).then((done) => send().then(done, done));
      }
      return answer;
    } finally {
      answered();
    }
  }

  /** Waits until the operation is let go. @returns what to call when it is answered */
  async #letGo(operation: Operation): Promise<() => void> {
    return await new Promise((resolve) => {
      const release = () =>
        new Promise<void>((answered) => {
          this.waiting.splice(this.waiting.indexOf(waiting), 1);
          resolve(answered);
        });
      const waiting = { operation, release };
      this.waiting.push(waiting);
    });
  }
}

const CURRENT = new AsyncLocalStorage<Actor>();

/** Makes the operations that actors send through the client wait; those of nobody pass at once. */
export function letActorsWait(client: DynamoDBDocumentClient): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const actor = CURRENT.getStore();
      return actor
        ? await actor.carryOut(operationName(context.commandName), args.input, () => next(args))
        : await next(args);
    },
    { name: 'letActorsWait', step: 'initialize', priority: 'high' },
  );
}
