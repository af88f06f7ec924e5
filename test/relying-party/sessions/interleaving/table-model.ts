import { setImmediate } from 'node:timers/promises';
import * as z from 'zod/mini';

export type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** What an operation answers, of what the code looks at. */
export interface Answer {
  readonly Item?: Item | undefined;
  readonly Items?: readonly Item[];
  readonly LastEvaluatedKey?: { readonly pk: string; readonly sk: string } | undefined;
  readonly Attributes?: Item | undefined;
  readonly Responses?: Readonly<Record<string, readonly Item[]>>;
}

const Key = z.object({ pk: z.string(), sk: z.string() });
const Values = z._default(z.record(z.string(), z.unknown()), {});
const Condition = z.object({
  ConditionExpression: z.optional(z.string()),
  ExpressionAttributeNames: z._default(z.record(z.string(), z.string()), {}),
  ExpressionAttributeValues: Values,
});
type Condition = z.infer<typeof Condition>;

const GetInput = z.object({ Key });
const PutInput = z.extend(Condition, { Item: z.intersection(z.record(z.string(), z.unknown()), Key) });
const DeleteInput = z.extend(Condition, { Key, ReturnValues: z.optional(z.literal('ALL_OLD')) });
const UpdateInput = z.extend(Condition, {
  Key,
  UpdateExpression: z.string(),
  ReturnValues: z.optional(z.enum(['ALL_OLD', 'ALL_NEW'])),
});
const QueryInput = z.object({
  KeyConditionExpression: z.literal('pk = :pk AND begins_with(sk, :session)'),
  ExpressionAttributeValues: z.object({ ':pk': z.string(), ':session': z.string() }),
  ExclusiveStartKey: z.optional(Key),
  Limit: z.optional(z.number()),
});
const BatchGetInput = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(Key) })) });
const BatchWriteInput = z.object({
  RequestItems: z.record(z.string(), z.array(z.object({ DeleteRequest: z.object({ Key }) }))),
});

/**
 * A table as DynamoDB keeps it, as far as the sessions need it: strongly consistent, one operation after the other.
 * What it does not know it refuses. That it answers as an engine does is for a test to see.
 */
export class TableModel {
  readonly #items = new Map<string, Item>();
  readonly #pageSize: number;

  /** @param pageSize items that one Query answers */
  constructor(pageSize: number) {
    this.#pageSize = pageSize;
  }

  async carryOut(name: string, input: unknown): Promise<Answer> {
    // As a call over the network would: whoever waits for it is not called back at once.
    await setImmediate();
    return this.answer(name, input);
  }

  /** What the table holds, to look at. */
  get items(): Iterable<Item> {
    return this.#items.values();
  }

  /** @returns what is there, to look at */
  at(key: { readonly pk: string; readonly sk: string }): Item | undefined {
    return this.#get(key);
  }

  /** Does what time to live does to an item. */
  expire(key: { readonly pk: string; readonly sk: string }): void {
    this.#items.delete(nameOf(key));
  }

  /** Carries an operation out at once. */
  answer(name: string, input: unknown): Answer {
    const operation = this.#operations[name];
    if (!operation) {
      throw new Error(`${name} is not in the model`);
    }
    return operation(input);
  }

  readonly #operations: Readonly<Record<string, (input: unknown) => Answer>> = {
    GetItem: (input) => ({ Item: copyOf(this.#get(GetInput.parse(input).Key)) }),
    PutItem: (input) => {
      const { Item, ...condition } = PutInput.parse(input);
      require(condition, this.#get(Item));
      this.#put(Item);
      return {};
    },
    DeleteItem: (input) => {
      const { Key: key, ReturnValues, ...condition } = DeleteInput.parse(input);
      const old = this.#get(key);
      require(condition, old);
      this.#items.delete(nameOf(key));
      return ReturnValues ? { Attributes: copyOf(old) } : {};
    },
    UpdateItem: (input) => {
      const { Key: key, UpdateExpression, ReturnValues, ...condition } = UpdateInput.parse(input);
      const old = this.#get(key);
      require(condition, old);
      const updated = updatedItem(old ?? key, UpdateExpression, condition);
      this.#put(updated);
      return ReturnValues ? { Attributes: copyOf(ReturnValues === 'ALL_NEW' ? updated : old) } : {};
    },
    Query: (input) => {
      const { ExpressionAttributeValues, ExclusiveStartKey, Limit = this.#pageSize } = QueryInput.parse(input);
      const { ':pk': pk, ':session': prefix } = ExpressionAttributeValues;
      const after = ExclusiveStartKey?.sk ?? '';
      const found = [...this.#items.values()]
        .filter((item) => item.pk === pk && item.sk.startsWith(prefix) && item.sk > after)
        .sort((a, b) => (a.sk < b.sk ? -1 : 1));
      const size = Math.min(Limit, this.#pageSize);
      const Items = found.slice(0, size);
      const last = Items.length === size ? Items.at(-1) : undefined;
      return { Items: Items.map(copyOf), LastEvaluatedKey: last && { pk: last.pk, sk: last.sk } };
    },
    BatchGetItem: (input) => ({
      Responses: Object.fromEntries(
        Object.entries(BatchGetInput.parse(input).RequestItems).map(([table, { Keys }]) => [
          table,
          Keys.map((key) => copyOf(this.#get(key))).filter((item) => item !== undefined),
        ]),
      ),
    }),
    BatchWriteItem: (input) => {
      for (const { DeleteRequest } of Object.values(BatchWriteInput.parse(input).RequestItems).flat()) {
        this.#items.delete(nameOf(DeleteRequest.Key));
      }
      return {};
    },
  };

  #get(key: z.infer<typeof Key>): Item | undefined {
    return this.#items.get(nameOf(key));
  }

  #put(item: Item): void {
    this.#items.set(nameOf(item), copyOf(item));
  }
}

/** What is in the table changes only through the table. */
function copyOf<Value>(value: Value): Value;
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(copyOf);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]));
}

function nameOf({ pk, sk }: z.infer<typeof Key>): string {
  // No key of ours has a line break.
  return `${pk}\n${sk}`;
}

function require(condition: Condition, item: Item | undefined): void {
  const { ConditionExpression: expression } = condition;
  const holds = (term: string) => termHolds(term, item ?? {}, condition);
  if (expression !== undefined && !expression.split(' OR ').some((part) => part.split(' AND ').every(holds))) {
    throw Object.assign(new Error('The conditional request failed'), {
      name: 'ConditionalCheckFailedException',
      $metadata: { attempts: 1 },
    });
  }
}

function termHolds(term: string, item: Readonly<Record<string, unknown>>, condition: Condition): boolean {
  const resolved = (operand: string) => operandOf(operand, item, condition);
  const [, negated] = /^NOT (.*)$/.exec(term) ?? [];
  if (negated !== undefined) {
    return !termHolds(negated, item, condition);
  }
  const [, not, present = ''] = /^attribute_(not_)?exists\((\S+)\)$/.exec(term) ?? [];
  if (present !== '') {
    return (resolved(present) === undefined) === (not !== undefined);
  }
  const [, typed = '', type = ''] = /^attribute_type\((\S+), (\S+)\)$/.exec(term) ?? [];
  if (typed !== '') {
    return resolved(type) === 'N' && typeof resolved(typed) === 'number';
  }
  const [, left = '', comparator = '', right = ''] = /^(\S+) (=|<|<=|>) (\S+)$/.exec(term) ?? [];
  return compares(resolved(left), comparator, resolved(right), term);
}

/** What is not there, or of another type, is neither less nor equal nor more. */
function compares(left: unknown, comparator: string, right: unknown, term: string): boolean {
  if (comparator === '=') {
    return left !== undefined && left === right;
  }
  const difference = typeof left === 'number' && typeof right === 'number' ? left - right : Number.NaN;
  switch (comparator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    default:
      throw new Error(`the model does not know ${term}`);
  }
}

function operandOf(operand: string, item: Readonly<Record<string, unknown>>, condition: Condition): unknown {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = condition;
  return operand.startsWith(':') ? values[operand] : item[names[operand] ?? operand];
}

const ASSIGNMENT = /^(\S+) = (?:if_not_exists\((\S+), (\S+)\)|([^\s()]+))$/;

function updatedItem(item: Item, expression: string, condition: Condition): Item {
  const [, assigned = '', removed] = /^SET (.*?)(?: REMOVE (.*))?$/.exec(expression) ?? [];
  const named = (name: string) => condition.ExpressionAttributeNames[name] ?? name;
  const changes = assigned.split(/, (?!:)/).map((assignment) => {
    const [, target, existing, fallback = '', value = ''] = ASSIGNMENT.exec(assignment) ?? [];
    if (target === undefined) {
      throw new Error(`the model does not know ${assignment}`);
    }
    const current = existing === undefined ? undefined : operandOf(existing, item, condition);
    return [named(target), current ?? operandOf(existing === undefined ? value : fallback, item, condition)];
  });
  const gone = removed?.split(', ').map(named) ?? [];
  const kept = Object.entries(item).filter(([name]) => !gone.includes(name));
  return { ...Object.fromEntries(kept), ...Object.fromEntries(changes), pk: item.pk, sk: item.sk };
}
