import { isDeepStrictEqual } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { TableModel } from './table-model.ts';

/** A client whose operations are carried out by a model of the table, in this process. */
export interface ModelClient {
  readonly client: DynamoDBDocumentClient;
  /** Empties the table. `pageSize`: items that one Query answers. */
  renew(pageSize: number): void;
}

export function modelClient(): ModelClient {
  let model = new TableModel(Number.POSITIVE_INFINITY);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
  client.middlewareStack.add(
    (_next, context) => async (args) => {
      const answer = await model.carryOut(operationName(context.commandName), args.input);
      return { response: undefined, output: { $metadata: {}, ...answer } };
    },
    { name: 'model', step: 'initialize' },
  );
  return {
    client,
    renew(pageSize) {
      model = new TableModel(pageSize);
    },
  };
}

/**
 * Makes a client of a real engine compare what it answers with what the model would. One operation after the other: of
 * two at once, the engine may carry out the second one first.
 */
export function compareWithModel(client: DynamoDBDocumentClient): void {
  const model = new TableModel(Number.POSITIVE_INFINITY);
  let earlier: Promise<unknown> = Promise.resolve();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = operationName(context.commandName);
      const answered = earlier.then(() => Promise.allSettled([next(args), model.carryOut(name, args.input)]));
      earlier = answered;
      const [engine, modelled] = await answered;
      const answers = [
        engine.status === 'fulfilled' ? comparable(engine.value.output) : errorOf(engine),
        modelled.status === 'fulfilled' ? comparable(modelled.value) : errorOf(modelled),
      ];
      if (!isDeepStrictEqual(answers[0], answers[1])) {
        throw new Error(`the model of the table is wrong about ${name}: ${JSON.stringify(answers)}`);
      }
      if (engine.status === 'rejected') {
        throw engine.reason;
      }
      return engine.value;
    },
    { name: 'compareWithModel', step: 'initialize' },
  );
}

export function operationName(commandName: unknown): string {
  return String(commandName).replace(/Command$/, '');
}

const Item = z.record(z.string(), z.unknown());
const Answer = z.object({
  Item: z.optional(Item),
  Items: z.optional(z.array(Item)),
  LastEvaluatedKey: z.optional(Item),
  // Of an item that was not there, the engine returns the key where AWS returns nothing.
  Attributes: z.pipe(
    z.optional(Item),
    z.transform((item) => (item && Object.keys(item).length > 2 ? item : undefined)),
  ),
  // In no particular order.
  Responses: z.pipe(
    z._default(z.record(z.string(), z.array(Item)), {}),
    z.transform((tables) =>
      Object.values(tables)
        .flat()
        .sort((a, b) => (String(a.pk) < String(b.pk) ? -1 : 1)),
    ),
  ),
});

/** By JSON, for which what is undefined is not there. */
function comparable(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(Answer.parse(answer)));
}

function errorOf({ reason }: PromiseRejectedResult): unknown {
  return reason instanceof Error ? reason.name : reason;
}
