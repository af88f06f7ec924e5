import {
  DescribeTableCommand,
  DynamoDBServiceException,
  type StreamSpecification,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { localAccount } from '../local-account.ts';
import { post } from '../loopback/http-client.ts';
import { dynamodbClient } from './dynamodb-client.ts';

const REQUEST_MILLISECONDS = 10_000;

const StreamRecord = z.looseObject({
  dynamodb: z.looseObject({ SequenceNumber: z.string(), ApproximateCreationDateTime: z.number() }),
});
const Records = z.object({ Records: z.array(StreamRecord), NextShardIterator: z.optional(z.string()) });
const Iterator = z.object({ ShardIterator: z.string() });
const Description = z.object({
  StreamDescription: z.object({ Shards: z.array(z.object({ ShardId: z.string() })) }),
});

/** A change of an item, as DynamoDB has it on the wire, which is how Lambda has it too. */
export type StreamRecord = z.infer<typeof StreamRecord>;

/** Where to begin: with all that the stream still has, with what comes from now on, or after a record. */
export type StreamPosition = 'TRIM_HORIZON' | 'LATEST' | { readonly afterSequenceNumber: string };

/** The stream of a table. */
export interface TableStream {
  shardIds(): Promise<readonly string[]>;
  /** @returns an iterator for `read` */
  iteratorAt(shardId: string, position: StreamPosition): Promise<string>;
  /** @returns the records, and the iterator for those that follow; undefined at the end of the shard */
  read(iterator: string): Promise<{ records: readonly StreamRecord[]; next: string | undefined }>;
}

/**
 * Opens the stream of a table, which it is given where it has none: it may have been made before the template had one.
 *
 * @param endpoint of DynamoDB
 * @param viewType what the stream shows of a changed item
 * @returns undefined where the engine knows no streams
 */
export async function openTableStream(
  endpoint: string,
  tableName: string,
  viewType: StreamSpecification['StreamViewType'],
): Promise<TableStream | undefined> {
  const client = dynamodbClient(endpoint);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const StreamArn = Table?.LatestStreamArn ?? (await addStream(endpoint, tableName, viewType));
  if (StreamArn === undefined) {
    return undefined;
  }
  const call = <Schema extends z.ZodMiniType>(schema: Schema, operation: string, input: object) =>
    callStreams(endpoint, schema, operation, input);
  return {
    async shardIds() {
      const { StreamDescription } = await call(Description, 'DescribeStream', { StreamArn });
      return StreamDescription.Shards.map(({ ShardId }) => ShardId);
    },
    async iteratorAt(ShardId, position) {
      const where =
        typeof position === 'string'
          ? { ShardIteratorType: position }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position.afterSequenceNumber };
      return (await call(Iterator, 'GetShardIterator', { StreamArn, ShardId, ...where })).ShardIterator;
    },
    async read(ShardIterator) {
      const { Records: records, NextShardIterator: next } = await call(Records, 'GetRecords', { ShardIterator });
      return { records, next };
    },
  };
}

async function addStream(
  endpoint: string,
  TableName: string,
  StreamViewType: StreamSpecification['StreamViewType'],
): Promise<string | undefined> {
  try {
    const StreamSpecification = { StreamEnabled: true, StreamViewType };
    const command = new UpdateTableCommand({ TableName, StreamSpecification });
    return (await dynamodbClient(endpoint).send(command)).TableDescription?.LatestStreamArn;
  } catch (error) {
    if (error instanceof DynamoDBServiceException) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Calls DynamoDB Streams. Its client would turn the wire's form of a record into another one, which would have to be
 * turned back for the function.
 */
async function callStreams<Schema extends z.ZodMiniType>(
  endpoint: string,
  schema: Schema,
  operation: string,
  input: object,
): Promise<z.infer<Schema>> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${localAccount.region}/dynamodb/aws4_request`;
  const { accessKeyId } = localAccount.credentials;
  const response = await post(endpoint, {
    headers: {
      // Engines check the form of a signature, and not the signature.
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': time,
      'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(REQUEST_MILLISECONDS),
  });
  if (response.status !== 200) {
    throw new Error(`DynamoDB Streams: ${operation}: ${response.status} ${response.body}`);
  }
  return schema.parse(JSON.parse(response.body));
}
