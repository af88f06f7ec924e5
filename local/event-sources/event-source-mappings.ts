import * as z from 'zod/mini';
import { StartupError } from '../process/startup-error.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { physicalIds } from '../template/physical-ids.ts';
import {
  findResources,
  readKnownProperties,
  readProperties,
  type TemplateResource,
} from '../template/template-resources.ts';
import { nameOf } from '../template/template-values.ts';
import { type EventFilter, eventFilter } from './event-filter.ts';

/** Lambda begins with five batches of a queue at the same time. */
const MOST_CONCURRENT = 5;
const IGNORED_PROPERTIES = ['Tags'];
/** Batches of a shard at the same time change no order of what happens to an item. Here they come one after the other. */
const IGNORED_STREAM_PROPERTIES = [...IGNORED_PROPERTIES, 'ParallelizationFactor'];

const AnyMapping = z.object({ EventSourceArn: z.string() });
const mappingProperties = {
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z._default(z.boolean(), true),
  FunctionResponseTypes: z._default(z.array(z.literal('ReportBatchItemFailures')), []),
  MaximumBatchingWindowInSeconds: z._default(z.int().check(z.gte(0), z.lte(300)), 0),
};
const QueueMappingProperties = z.object({
  ...mappingProperties,
  BatchSize: z._default(z.int().check(z.gte(1), z.lte(10_000)), 10),
  ScalingConfig: z.optional(z.strictObject({ MaximumConcurrency: z.int().check(z.gte(2)) })),
});
const StreamMappingProperties = z.object({
  ...mappingProperties,
  BatchSize: z._default(z.int().check(z.gte(1), z.lte(10_000)), 100),
  BisectBatchOnFunctionError: z._default(z.boolean(), false),
  DestinationConfig: z.optional(z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) })),
  FilterCriteria: z._default(z.strictObject({ Filters: z.array(z.strictObject({ Pattern: z.string() })) }), {
    Filters: [],
  }),
  /** -1: however old it is. */
  MaximumRecordAgeInSeconds: z._default(z.int().check(z.gte(-1), z.lte(604_800)), -1),
  /** -1: until it is done. */
  MaximumRetryAttempts: z._default(z.int().check(z.gte(-1), z.lte(10_000)), -1),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
});

/** That a function is invoked with the messages of a queue. */
export interface QueueMapping {
  readonly queueArn: string;
  readonly functionArn: string;
  /** How many messages a batch has at most. */
  readonly batchSize: number;
  /** How long a batch waits for more messages after its first. */
  readonly batchingWindowSeconds: number;
  /** Whether the function says which messages of a batch it has not done. */
  readonly reportsFailures: boolean;
  /** How many batches the function is given at the same time. */
  readonly mostConcurrent: number;
}

/** That a function is invoked with the changes of a table's items. */
export interface StreamMapping {
  readonly streamArn: string;
  readonly tableName: string;
  readonly functionArn: string;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** How many records a batch has at most. */
  readonly batchSize: number;
  /** How long a batch waits for more records after its first. */
  readonly batchingWindowSeconds: number;
  /** Whether the function says which records of a batch it has not done. */
  readonly reportsFailures: boolean;
  /** How often the function gets records again that it has not done. */
  readonly mostRetries: number;
  /** How old a record may be that the function gets again. */
  readonly mostAgeSeconds: number;
  /** Whether a batch that fails is halved. */
  readonly bisects: boolean;
  /** ARN of the queue that is told of records that are given up. */
  readonly onFailureArn: string | undefined;
  readonly isWanted: EventFilter;
}

/** What invokes functions beside the HTTP API. */
export interface EventSourceMappings {
  readonly queues: readonly QueueMapping[];
  readonly streams: readonly StreamMapping[];
}

/**
 * The event source mappings of the templates that are enabled.
 *
 * @throws StartupError where one takes more than the local run knows
 */
export function readEventSourceMappings(stacks: readonly Stack[]): EventSourceMappings {
  const resources = findResources(stacks, 'AWS::Lambda::EventSourceMapping').map((resource) => {
    const { EventSourceArn: arn } = readProperties(AnyMapping, resource);
    const tableName = arn.match(/^arn:[^:]*:dynamodb:[^:]*:[^:]*:table\/([^/]+)\/stream\//)?.[1];
    if (tableName === undefined && !/^arn:[^:]*:sqs:/.test(arn)) {
      throw new StartupError(
        `${nameOf(resource.place)}.EventSourceArn: the local run knows queues and streams of tables only, and not ${arn}`,
      );
    }
    return { resource, tableName };
  });
  return {
    queues: resources.flatMap(({ resource, tableName }) => (tableName === undefined ? readQueueMapping(resource) : [])),
    streams: resources.flatMap(({ resource, tableName }) =>
      tableName === undefined ? [] : readStreamMapping(resource, tableName),
    ),
  };
}

function readQueueMapping(resource: TemplateResource): QueueMapping[] {
  const properties = readKnownProperties(QueueMappingProperties, IGNORED_PROPERTIES, resource);
  return properties.Enabled
    ? [
        {
          queueArn: properties.EventSourceArn,
          functionArn: functionArn(properties.FunctionName),
          batchSize: properties.BatchSize,
          batchingWindowSeconds: properties.MaximumBatchingWindowInSeconds,
          reportsFailures: properties.FunctionResponseTypes.length > 0,
          mostConcurrent: properties.ScalingConfig?.MaximumConcurrency ?? MOST_CONCURRENT,
        },
      ]
    : [];
}

function readStreamMapping(resource: TemplateResource, tableName: string): StreamMapping[] {
  const properties = readKnownProperties(StreamMappingProperties, IGNORED_STREAM_PROPERTIES, resource);
  const patterns = properties.FilterCriteria.Filters.map(({ Pattern }) => Pattern);
  const isWanted = eventFilter(patterns, `${nameOf(resource.place)}.FilterCriteria.Filters`);
  return properties.Enabled
    ? [
        {
          streamArn: properties.EventSourceArn,
          tableName,
          functionArn: functionArn(properties.FunctionName),
          startingPosition: properties.StartingPosition,
          batchSize: properties.BatchSize,
          batchingWindowSeconds: properties.MaximumBatchingWindowInSeconds,
          reportsFailures: properties.FunctionResponseTypes.length > 0,
          mostRetries: orUnbounded(properties.MaximumRetryAttempts),
          mostAgeSeconds: orUnbounded(properties.MaximumRecordAgeInSeconds),
          bisects: properties.BisectBatchOnFunctionError,
          onFailureArn: properties.DestinationConfig?.OnFailure.Destination,
          isWanted,
        },
      ]
    : [];
}

function orUnbounded(bound: number): number {
  return bound === -1 ? Infinity : bound;
}

/** A mapping names its function by its name, or by its ARN. */
function functionArn(name: string): string {
  return name.startsWith('arn:') ? name : (physicalIds('AWS::Lambda::Function', name)?.attributes.Arn ?? name);
}
