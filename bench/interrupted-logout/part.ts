import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from '../../local/dynamodb/tables.ts';
import { createShutdown } from '../../local/process/shutdown.ts';
import type { Stack } from '../../local/template/cloud-assembly.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { findOutput, findResources, readProperties } from '../../local/template/template-resources.ts';
import { scopePartition } from '../../relying-party/sessions/item-keys.ts';
import { raiseMarker } from '../../relying-party/sessions/not-before-marker.ts';
import { lambdaContext } from '../../test/lambda-context.ts';
import { coresFor } from '../lambda-cores.ts';
import type { Part } from '../measurement.ts';

const LOGOUTS_A_SECOND = 1000;
/** Rounds until the code has been compiled as far as it ever is. */
const WARM_UP = 20;

const Mapping = z.object({ BatchSize: z.number(), ParallelizationFactor: z.number() });
const Fn = z.object({ Handler: z.string(), MemorySize: z.number() });

/** What InterruptedLogout takes for a logout that is done already, as nearly all are. */
export const interruptedLogout: Part = {
  name: 'interrupted-logout',
  async measure(isQuick, progress) {
    const shutdown = createShutdown();
    const [stacks, engine] = await Promise.all([
      synthesize(fileURLToPath(new URL('../../relying-parties.json', import.meta.url)), shutdown),
      startDynamodbEngine(findEngine(), undefined, shutdown),
    ]);
    const tableName = findOutput(stacks, 'SessionsTableName');
    const { batchSize, limit } = settingsIn(stacks);
    const tables = readTables(stacks).map(({ StreamSpecification: _, ...table }) => table);
    await createTables(dynamodbClient(engine.endpoint), tables, () => undefined);
    Object.assign(process.env, {
      ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
      ...{ AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint, SESSIONS_TABLE_NAME: tableName },
      ...{ DEFERRED_LOGOUT_QUEUE_URL: 'http://127.0.0.1:9/', DEFERRED_LOGOUT_DELAY_SECONDS: '30' },
      ...{ POWERTOOLS_METRICS_NAMESPACE: 'Bench' },
    });
    const { handler } = await import('../../functions/interrupted-logout/handler.ts');
    const table = { client: DynamoDBDocumentClient.from(dynamodbClient(engine.endpoint)), tableName };

    const context = { ...lambdaContext, getRemainingTimeInMillis: () => 60_000 };
    const values: number[] = [];
    for (let round = 1 - WARM_UP; round <= (isQuick ? 10 : 50); round++) {
      const now = Math.floor(Date.now() / 1000);
      const partitions = Array.from({ length: batchSize }, () =>
        scopePartition({ issuer: 'https://op.example.com', clientId: 'shop', sid: randomUUID() }),
      );
      await Promise.all(partitions.map((partition) => raiseMarker(table, partition, now, now + 3600)));
      const Records = partitions.map((partition, index) => ({
        dynamodb: {
          SequenceNumber: String(index),
          NewImage: {
            iat: { N: String(now) },
            endings: {
              L: [
                {
                  M: {
                    partition: { S: partition },
                    maxSessionLifetimeSeconds: { N: '3600' },
                    allowanceSeconds: { N: '0' },
                  },
                },
              ],
            },
          },
        },
      }));
      const cpu = process.cpuUsage();
      const { batchItemFailures } = await handler({ Records }, context);
      const { user, system } = process.cpuUsage(cpu);
      if (batchItemFailures.length > 0) {
        throw new Error('InterruptedLogout has failed');
      }
      if (round > 0) {
        values.push((user + system) / 1000 / batchSize);
        progress(`round ${round}`);
      }
    }
    await shutdown.end();
    return [
      {
        title: 'InterruptedLogout: a logout that is done',
        note:
          'CPU of the handler for a batch of the stream, for each logout. At the limit, the batches of one shard that are ' +
          `carried out at the same time look after ${LOGOUTS_A_SECOND} logouts a second with the memory that the function has.`,
        measurements: [{ name: 'CPU', unit: 'ms', values, limit }],
      },
    ];
  },
};

function settingsIn(stacks: readonly Stack[]) {
  const mappings = findResources(stacks, 'AWS::Lambda::EventSourceMapping').flatMap((resource) => {
    const { data } = z.safeParse(Mapping, resource.properties);
    return data ? [data] : [];
  });
  const [mapping] = mappings;
  const [memory] = findResources(stacks, 'AWS::Lambda::Function').flatMap((resource) => {
    const { Handler, MemorySize } = readProperties(Fn, resource);
    return Handler === 'interrupted-logout/index.handler' ? [MemorySize] : [];
  });
  if (!mapping || memory === undefined || mappings.length > 1) {
    throw new Error('the template has no event source of InterruptedLogout');
  }
  const cores = mapping.ParallelizationFactor * coresFor(memory);
  return { batchSize: mapping.BatchSize, limit: (cores / LOGOUTS_A_SECOND) * 1000 };
}
