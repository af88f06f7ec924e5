import * as z from 'zod/mini';

/** Items of the table that an operation touches: one, or those of a partition whose sort keys begin so. */
interface Items {
  readonly pk: string;
  readonly sk: string;
  readonly isPrefix: boolean;
}

/** One DynamoDB operation of an actor. DynamoDB carries out each as a whole, one after the other. */
export interface Operation {
  /** The same in every schedule in which the actor gets as far. */
  readonly id: string;
  readonly name: string;
  readonly reads: readonly Items[];
  readonly writes: readonly Items[];
}

const Key = z.object({ pk: z.string(), sk: z.string() });
const KeyInput = z.object({ Key });
const PutInput = z.object({ Item: Key });
const QueryInput = z.object({ ExpressionAttributeValues: z.object({ ':pk': z.string(), ':session': z.string() }) });
const BatchWriteInput = z.object({
  RequestItems: z.record(z.string(), z.array(z.object({ DeleteRequest: z.object({ Key }) }))),
});
/** A read that is not strongly consistent may miss what was just written: no schedule shows that, so none may be made. */
const Consistent = z.object({ ConsistentRead: z.literal(true) });
const BatchGetInput = z.object({
  RequestItems: z.record(z.string(), z.extend(Consistent, { Keys: z.array(Key) })),
});

const one = ({ pk, sk }: z.infer<typeof Key>): Items => ({ pk, sk, isPrefix: false });

/** What each operation touches. An operation that is not here is not known, and must not be taken for harmless. */
const TOUCHED: Readonly<Record<string, (input: unknown) => Pick<Operation, 'reads' | 'writes'>>> = {
  GetItem(input) {
    Consistent.parse(input);
    return { reads: [one(KeyInput.parse(input).Key)], writes: [] };
  },
  Query(input) {
    Consistent.parse(input);
    const { ':pk': pk, ':session': sk } = QueryInput.parse(input).ExpressionAttributeValues;
    return { reads: [{ pk, sk, isPrefix: true }], writes: [] };
  },
  BatchGetItem(input) {
    const requests = Object.values(BatchGetInput.parse(input).RequestItems);
    return { reads: requests.flatMap(({ Keys }) => Keys.map(one)), writes: [] };
  },
  PutItem: (input) => ({ reads: [], writes: [one(PutInput.parse(input).Item)] }),
  UpdateItem: (input) => ({ reads: [], writes: [one(KeyInput.parse(input).Key)] }),
  DeleteItem: (input) => ({ reads: [], writes: [one(KeyInput.parse(input).Key)] }),
  BatchWriteItem: (input) => ({
    reads: [],
    writes: Object.values(BatchWriteInput.parse(input).RequestItems)
      .flat()
      .map(({ DeleteRequest }) => one(DeleteRequest.Key)),
  }),
};

/** @param input as the code gives it to the document client */
export function operationOf(id: string, name: string, input: unknown): Operation {
  const touched = TOUCHED[name];
  if (!touched) {
    throw new Error(`what ${name} touches is not known`);
  }
  return { id, name, ...touched(input) };
}

/** Whether two operations do the same in either order: neither writes what the other touches. */
export function areIndependent(a: Operation, b: Operation): boolean {
  return !overlap(a.writes, [...b.reads, ...b.writes]) && !overlap(b.writes, a.reads);
}

function overlap(some: readonly Items[], others: readonly Items[]): boolean {
  return some.some((a) => others.some((b) => a.pk === b.pk && (covers(a, b) || covers(b, a))));
}

function covers({ sk, isPrefix }: Items, other: Items): boolean {
  return isPrefix ? other.sk.startsWith(sk) : other.sk === sk;
}
