import { Annotations, Stack } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import * as z from 'zod/mini';
import { ConfigurationError } from './configuration-error.ts';

/** What the template says of a table. What is no plain value there, such as a parameter, cannot be judged. */
interface Seen {
  readonly keys: readonly string[] | undefined;
  readonly timeToLive: unknown;
  readonly streamViewType: unknown;
  readonly isRecoverable: boolean;
  readonly isProtected: boolean;
}

const KEYS = ['pk (S) HASH', 'sk (S) RANGE'];
const TIME_TO_LIVE = 'expiresAt';

/**
 * Checks a table that is to hold sessions, as far as can be seen. Of one that is made in the same app, that is all; of an
 * imported one, whether its stream was given.
 *
 * @throws ConfigurationError where it has other keys, another time to live, or another stream or none
 */
export function checkGivenTable(scope: Construct, table: ITable): void {
  const path = scope.node.path;
  const seen = seenOf(table);
  if (seen?.keys && seen.keys.join() !== KEYS.join()) {
    refuse(path, `a table with the keys ${seen.keys.join(', ')}`, KEYS.join(', '));
  }
  if (seen && isOther(seen.timeToLive, TIME_TO_LIVE)) {
    refuse(path, `a table with time to live in ${seen.timeToLive ?? 'no attribute'}`, TIME_TO_LIVE);
  }
  // A TableV2 tells an ARN of a stream also where it has none.
  if (table.tableStreamArn === undefined || (seen && seen.streamViewType === undefined)) {
    refuse(
      path,
      'a table without a stream',
      'one with a stream of new and old images (StreamViewType.NEW_AND_OLD_IMAGES; for an imported table, give tableStreamArn)',
    );
  }
  if (seen && isOther(seen.streamViewType, StreamViewType.NEW_AND_OLD_IMAGES)) {
    refuse(path, `a stream of ${seen.streamViewType}`, StreamViewType.NEW_AND_OLD_IMAGES);
  }
  if (seen && !seen.isRecoverable) {
    warn(
      scope,
      'recovery',
      'has no point-in-time recovery: what is lost of it, sessions and the marks of logouts, is lost for good',
    );
  }
  if (seen && !seen.isProtected) {
    warn(scope, 'protection', 'has no deletion protection: whoever deletes it signs everybody out');
  }
}

function isOther(value: unknown, expected: string): boolean {
  return value !== expected && (value === undefined || typeof value === 'string');
}

function refuse(path: string, found: string, allowed: string): never {
  throw new ConfigurationError(`${path}: found ${found}, allowed: ${allowed}`);
}

function warn(scope: Construct, id: string, what: string): void {
  Annotations.of(scope).addWarningV2(`logout-receiver:${id}OfSessions`, `the table of the sessions ${what}`);
}

const KeySchema = z.array(z.object({ attributeName: z.string(), keyType: z.string() }));
const Attributes = z.array(z.object({ attributeName: z.string(), attributeType: z.string() }));
const TimeToLive = z.object({ attributeName: z.unknown() });
const Stream = z.object({ streamViewType: z.unknown() });
const Recovery = z.object({ pointInTimeRecoveryEnabled: z.literal(true) });
const Replicas = z.array(
  z.object({
    pointInTimeRecoverySpecification: z.optional(Recovery),
    deletionProtectionEnabled: z.optional(z.boolean()),
  }),
);

/** @returns undefined where the table is imported */
function seenOf(table: ITable): Seen | undefined {
  const resource = table.node.defaultChild;
  if (!(resource instanceof CfnGlobalTable || resource instanceof CfnTable)) {
    return undefined;
  }
  const resolved = (value: unknown): unknown => Stack.of(resource).resolve(value);
  const common = {
    keys: keysOf(resolved(resource.keySchema), resolved(resource.attributeDefinitions)),
    timeToLive: TimeToLive.safeParse(resolved(resource.timeToLiveSpecification)).data?.attributeName,
    streamViewType: Stream.safeParse(resolved(resource.streamSpecification)).data?.streamViewType,
  };
  if (resource instanceof CfnTable) {
    return {
      ...common,
      isRecoverable: Recovery.safeParse(resolved(resource.pointInTimeRecoverySpecification)).success,
      isProtected: resolved(resource.deletionProtectionEnabled) === true,
    };
  }
  const replicas = Replicas.safeParse(resolved(resource.replicas)).data ?? [];
  return {
    ...common,
    isRecoverable: replicas.every(({ pointInTimeRecoverySpecification }) => pointInTimeRecoverySpecification),
    isProtected: replicas.every(({ deletionProtectionEnabled }) => deletionProtectionEnabled),
  };
}

function keysOf(keySchema: unknown, attributeDefinitions: unknown): string[] | undefined {
  const attributes = Attributes.safeParse(attributeDefinitions).data;
  const types = new Map(attributes?.map(({ attributeName, attributeType }) => [attributeName, attributeType]));
  return KeySchema.safeParse(keySchema).data?.map(
    ({ attributeName, keyType }) => `${attributeName} (${types.get(attributeName)}) ${keyType}`,
  );
}
