import { setImmediate } from 'node:timers/promises';
import * as z from 'zod/mini';

const AttributeValue = z.record(z.string(), z.unknown());
type AttributeValue = z.infer<typeof AttributeValue>;
const Item = z.record(z.string(), AttributeValue);
type Item = Readonly<Record<string, AttributeValue>>;

const Target = z.object({ TableName: z.string() });
const Creation = z.extend(Target, { KeySchema: z.array(z.object({ AttributeName: z.string() })) });
const Operands = z.object({
  ExpressionAttributeNames: z._default(z.record(z.string(), z.string()), {}),
  ExpressionAttributeValues: z._default(Item, {}),
});
const Write = z.extend(Operands, {
  TableName: z.string(),
  Key: z.optional(Item),
  Item: z.optional(Item),
  ConditionExpression: z.optional(z.string()),
  UpdateExpression: z._default(z.string(), ''),
  ReturnValues: z.optional(z.string()),
});
const Read = z.extend(Operands, {
  TableName: z.string(),
  KeyConditionExpression: z.optional(z.string()),
  ExclusiveStartKey: z.optional(Item),
});
const Get = z.extend(Target, { Key: Item });
const BatchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(Item) })) });
const BatchWrite = z.object({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.union([z.object({ DeleteRequest: z.object({ Key: Item }) }), z.object({ PutRequest: z.object({ Item }) })]),
    ),
  ),
});

interface Table {
  readonly keyNames: readonly string[];
  readonly items: Map<string, Item>;
}

/** An answer that is an error, as DynamoDB names it. */
class Refusal extends Error {
  readonly type: string;

  constructor(type: string) {
    super(type);
    this.type = type;
  }
}

const invalid = (): Refusal => new Refusal('ValidationException');
const PAGE_BYTES = 1024 * 1024;
/** More than a test file makes; the process outlives many. */
const MAX_TABLES = 100;

const tables = new Map<string, Table>();

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Carries an operation out as DynamoDB does, as far as the code and its tests need it. */
export async function answerTo(operation: string, body: string): Promise<Answer> {
  await setImmediate();
  try {
    return { status: 200, text: JSON.stringify(OPERATIONS[operation]?.(JSON.parse(body)) ?? {}) };
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    return { status: 400, text: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${error.type}` }) };
  }
}

const OPERATIONS: Readonly<Record<string, (request: unknown) => unknown>> = {
  CreateTable(request) {
    const { TableName, KeySchema } = Creation.parse(request);
    tables.set(TableName, { keyNames: KeySchema.map(({ AttributeName }) => AttributeName), items: new Map() });
    const [oldest] = tables.keys();
    if (tables.size > MAX_TABLES && oldest !== undefined) {
      tables.delete(oldest);
    }
  },
  UpdateTimeToLive: () => undefined,
  GetItem(request) {
    const { TableName, Key } = Get.parse(request);
    return { Item: itemAt(tableOf(TableName), Key) };
  },
  PutItem: (request) => written(request, (_expressions, _old, { Item }) => Item),
  DeleteItem: (request) => written(request, () => undefined),
  UpdateItem: (request) =>
    written(request, (expressions, old, { UpdateExpression }, { keyNames }) =>
      expressions.updated(UpdateExpression, old, keyNames),
    ),
  Query: read,
  Scan: read,
  BatchGetItem(request) {
    const answers = Object.entries(BatchGet.parse(request).RequestItems).map(([name, { Keys }]) => {
      const table = tableOf(name);
      requireBatch(table, Keys, 100);
      return [name, Keys.map((key) => itemAt(table, key)).filter((item) => item !== undefined)];
    });
    return { Responses: Object.fromEntries(answers), UnprocessedKeys: {} };
  },
  BatchWriteItem(request) {
    for (const [name, writes] of Object.entries(BatchWrite.parse(request).RequestItems)) {
      const table = tableOf(name);
      requireBatch(
        table,
        writes.map((write) => ('PutRequest' in write ? write.PutRequest.Item : write.DeleteRequest.Key)),
        25,
      );
      for (const write of writes) {
        if ('PutRequest' in write) {
          table.items.set(nameOf(table, write.PutRequest.Item), write.PutRequest.Item);
        } else {
          table.items.delete(nameOf(table, write.DeleteRequest.Key));
        }
      }
    }
    return { UnprocessedItems: {} };
  },
};

function tableOf(name: string): Table {
  const table = tables.get(name);
  if (!table) {
    throw new Refusal('ResourceNotFoundException');
  }
  return table;
}

function nameOf({ keyNames }: Table, key: Item): string {
  const parts = keyNames.map((name) => key[name]?.S);
  if (parts.some((part) => typeof part !== 'string' || part === '')) {
    throw invalid();
  }
  // No key of ours has a line break.
  return parts.join('\n');
}

const itemAt = (table: Table, key: Item): Item | undefined => table.items.get(nameOf(table, key));

type Change = (expressions: Expressions, old: Item, request: z.infer<typeof Write>, table: Table) => Item | undefined;

function written(input: unknown, change: Change): unknown {
  const request = Write.parse(input);
  const { TableName, Key = request.Item ?? {}, ConditionExpression: condition, ReturnValues } = request;
  const table = tableOf(TableName);
  const name = nameOf(table, Key);
  const old = table.items.get(name);
  const expressions = new Expressions(request);
  const holds = condition === undefined || expressions.holds(condition, old ?? {});
  const item = change(expressions, old ?? Key, request, table);
  expressions.requireAllUsed();
  if (!holds) {
    throw new Refusal('ConditionalCheckFailedException');
  }
  expressions.requireAssigned();
  if (item) {
    table.items.set(name, item);
  } else {
    table.items.delete(name);
  }
  // Of an item that was not there, AWS returns nothing.
  return { Attributes: ReturnValues === 'ALL_NEW' ? item : ReturnValues === 'ALL_OLD' ? old : undefined };
}

function read(input: unknown): unknown {
  const request = Read.parse(input);
  const { TableName, KeyConditionExpression: condition, ExclusiveStartKey } = request;
  const table = tableOf(TableName);
  const expressions = new Expressions(request);
  const after = ExclusiveStartKey && nameOf(table, ExclusiveStartKey);
  const found = [...table.items]
    .filter(
      ([name, item]) => (after === undefined || name > after) && (!condition || expressions.holds(condition, item)),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const Items: Item[] = [];
  let bytes = 0;
  for (const [, item] of found) {
    bytes += JSON.stringify(item).length;
    if (bytes > PAGE_BYTES) {
      break;
    }
    Items.push(item);
  }
  const last = Items.length < found.length ? Items.at(-1) : undefined;
  return { Items, LastEvaluatedKey: last && Object.fromEntries(table.keyNames.map((name) => [name, last[name]])) };
}

function requireBatch(table: Table, keys: readonly Item[], limit: number): void {
  const names = new Set(keys.map((key) => nameOf(table, key)));
  if (keys.length === 0 || keys.length > limit || names.size < keys.length) {
    throw invalid();
  }
}

/** The expressions of one request. What they name must be given, and what is given must be named. */
class Expressions {
  readonly #names: Readonly<Record<string, string>>;
  readonly #values: Item;
  readonly #used = new Set<string>();
  #assignsNothing = false;

  constructor({ ExpressionAttributeNames, ExpressionAttributeValues }: z.infer<typeof Operands>) {
    this.#names = ExpressionAttributeNames;
    this.#values = ExpressionAttributeValues;
  }

  requireAllUsed(): void {
    if ([...Object.keys(this.#names), ...Object.keys(this.#values)].some((name) => !this.#used.has(name))) {
      throw invalid();
    }
  }

  requireAssigned(): void {
    if (this.#assignsNothing) {
      throw invalid();
    }
  }

  holds(expression: string, item: Item): boolean {
    const tokens = expression.match(/<=|>=|<>|[=<>(),]|[#:\w]+/g) ?? [];
    const result = this.#either(tokens, item);
    if (tokens.length > 0) {
      throw invalid();
    }
    return result;
  }

  updated(expression: string, item: Item, keyNames: readonly string[]): Item {
    const [, set, removed] = /^(?:SET (.*?))?(?: ?\bREMOVE (.*))?$/.exec(expression) ?? [];
    const changes: [string, AttributeValue | undefined][] = [];
    for (const assignment of set?.split(/, (?!:)/) ?? []) {
      const [, target, existing, fallback, value] =
        /^(\S+) = (?:if_not_exists\((\S+), (\S+)\)|([^\s()]+))$/.exec(assignment) ?? [];
      if (target === undefined) {
        throw invalid();
      }
      const current = existing === undefined ? undefined : this.#operand(existing, item);
      const given = this.#operand(fallback ?? value ?? '', item);
      const assigned = current ?? given;
      this.#assignsNothing ||= assigned === undefined;
      changes.push([this.#named(target), assigned]);
    }
    for (const name of removed?.split(', ') ?? []) {
      changes.push([this.#named(name), undefined]);
    }
    const names = changes.map(([name]) => name);
    if (names.length === 0 || new Set(names).size < names.length || names.some((name) => keyNames.includes(name))) {
      throw invalid();
    }
    const updated = Object.entries({ ...item, ...Object.fromEntries(changes) });
    return Object.fromEntries(updated.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  }

  #either(tokens: string[], item: Item): boolean {
    let result = this.#all(tokens, item);
    while (tokens[0] === 'OR') {
      tokens.shift();
      result = this.#all(tokens, item) || result;
    }
    return result;
  }

  #all(tokens: string[], item: Item): boolean {
    let result = this.#one(tokens, item);
    while (tokens[0] === 'AND') {
      tokens.shift();
      result = this.#one(tokens, item) && result;
    }
    return result;
  }

  #one(tokens: string[], item: Item): boolean {
    const token = tokens.shift() ?? '';
    if (token === 'NOT') {
      return !this.#one(tokens, item);
    }
    if (token === '(') {
      const result = this.#either(tokens, item);
      expectToken(tokens, ')');
      return result;
    }
    if (tokens[0] === '(') {
      return this.#called(token, tokens, item);
    }
    const comparator = tokens.shift() ?? '';
    return compares(this.#operand(token, item), comparator, this.#operand(tokens.shift() ?? '', item));
  }

  #called(name: string, tokens: string[], item: Item): boolean {
    expectToken(tokens, '(');
    const first = this.#operand(tokens.shift() ?? '', item);
    let second: AttributeValue | undefined;
    if (tokens[0] === ',') {
      tokens.shift();
      second = this.#operand(tokens.shift() ?? '', item);
    }
    expectToken(tokens, ')');
    switch (name) {
      case 'attribute_exists':
        return first !== undefined;
      case 'attribute_not_exists':
        return first === undefined;
      case 'attribute_type':
        return first !== undefined && Object.keys(first)[0] === second?.S;
      case 'begins_with':
        return typeof first?.S === 'string' && first.S.startsWith(String(second?.S));
      default:
        throw invalid();
    }
  }

  #operand(token: string, item: Item): AttributeValue | undefined {
    if (!token.startsWith(':')) {
      return item[this.#named(token)];
    }
    const value = this.#values[token];
    if (value === undefined) {
      throw invalid();
    }
    this.#used.add(token);
    return value;
  }

  #named(token: string): string {
    const name = token.startsWith('#') ? this.#names[token] : token;
    if (name === undefined || !/^[#\w]+$/.test(token)) {
      throw invalid();
    }
    this.#used.add(token);
    return name;
  }
}

function expectToken(tokens: string[], token: string): void {
  if (tokens.shift() !== token) {
    throw invalid();
  }
}

/** What is not there, or of another type, is neither less nor equal nor more. */
function compares(left: AttributeValue | undefined, comparator: string, right: AttributeValue | undefined): boolean {
  const [a, b] = [comparable(left), comparable(right)];
  if (!['=', '<', '<=', '>', '>='].includes(comparator)) {
    throw invalid();
  }
  if (a === undefined || b === undefined || typeof a !== typeof b) {
    return false;
  }
  return (
    (comparator.includes('=') && a === b) ||
    (comparator.startsWith('<') && a < b) ||
    (comparator.startsWith('>') && a > b)
  );
}

function comparable(value: AttributeValue | undefined): string | number | undefined {
  if (value?.N !== undefined) {
    return Number(value.N);
  }
  return value && (typeof value.S === 'string' ? value.S : JSON.stringify(value));
}
