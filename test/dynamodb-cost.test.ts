import { setImmediate } from 'node:timers/promises';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbCostOf } from './dynamodb-cost.ts';
import { newTable } from './tables.ts';

/** What holds it is answered late. */
const SLOW = 'slow';

let client: DynamoDBDocumentClient;
let TableName: string;
let whileSending: () => void = () => undefined;
beforeAll(async () => {
  ({ client, tableName: TableName } = await newTable('sessions'));
  client.middlewareStack.add(
    (next) => async (args) => {
      whileSending();
      const answer = await next(args);
      for (let turns = JSON.stringify(args.input).includes(SLOW) ? 1000 : 0; turns > 0; turns--) {
        await setImmediate();
      }
      return answer;
    },
    { step: 'build' },
  );
});

const put = (pk: string, data = '') => client.send(new PutCommand({ TableName, Item: { pk, sk: 'S', data } }));
const get = (pk: string, ConsistentRead = true) =>
  client.send(new GetCommand({ TableName, Key: { pk, sk: 'S' }, ConsistentRead }));

beforeEach(() => {
  whileSending = () => undefined;
});

describe('the cost of an action', () => {
  it('is the units that DynamoDB counts', async () => {
    const cost = await dynamodbCostOf(client, async () => {
      await put('a', 'x'.repeat(1500));
      await Promise.all([get('a'), get('a', false)]);
    });
    expect(cost).toMatchObject({ writes: 2, reads: 1.5 });
  });

  it('has a unit for a write that is refused', async () => {
    const refused = new UpdateCommand({
      TableName,
      Key: { pk: 'none', sk: 'S' },
      UpdateExpression: 'SET a = :a',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':a': 1 },
    });
    const cost = await dynamodbCostOf(client, () => client.send(refused).catch(() => undefined));
    expect(cost).toEqual({ writes: 1, reads: 0, roundTrips: 1, calls: [['UpdateItem']] });
  });

  it('counts what waits for one another, and not what is under way at once', async () => {
    const query = () =>
      client.send(
        new QueryCommand({ TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': 'a' } }),
      );
    const three = async () => {
      await put('b');
      await get('b');
      await query();
    };
    const two = async () => {
      await put('c', SLOW);
      await get('c');
    };
    const cost = await dynamodbCostOf(client, () => Promise.all([two(), three()]));
    expect(cost.calls).toEqual([['PutItem', 'PutItem'], ['GetItem', 'GetItem'], ['Query']]);
  });

  it('includes calls that the action did not wait for', async () => {
    const cost = await dynamodbCostOf(client, async () => {
      await put('d');
      void put('e').then(() => get('e'));
    });
    expect(cost).toMatchObject({ writes: 2, reads: 1, roundTrips: 3 });
  });

  it('has calls that come while others are under way in the round trip after these', async () => {
    let other: Promise<unknown> | undefined;
    whileSending = () => {
      other ??= put('g');
    };
    const cost = await dynamodbCostOf(client, async () => {
      await Promise.all([put('f').then(() => get('f')), get('a')]);
      await other;
    });
    expect(cost.calls).toEqual([
      ['PutItem', 'GetItem'],
      ['PutItem', 'GetItem'],
    ]);
  });

  it('fails as the action does, and leaves the client as it was', async () => {
    await expect(dynamodbCostOf(client, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const { ConsumedCapacity } = await get('a');
    expect(ConsumedCapacity).toBeUndefined();
  });
});
