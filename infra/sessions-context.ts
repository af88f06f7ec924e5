import type { WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import * as z from 'zod/mini';
import { ConfigurationError } from './configuration-error.ts';
import { numberIn } from './context-number.ts';

/** Where the app has its sessions table from. */
export interface SessionsContext {
  /** Regions that the app's own table is replicated to. */
  readonly replicaRegions: readonly string[];
  /** Units a second that the app's own table can take from its first second on; undefined for what every new one has. */
  readonly warmThroughput?: WarmThroughput;
  /** A table that is there already: a replica in another region, or one that was restored. */
  readonly given: { readonly tableArn: string; readonly tableStreamArn: string } | undefined;
}

/** The context keys that this file reads. */
export const SESSIONS_KEYS = [
  'replicaRegions',
  'warmReadUnits',
  'warmWriteUnits',
  'sessionsTableArn',
  'sessionsTableStreamArn',
];

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;
const TABLE = /^arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table\/[A-Za-z0-9_.-]{3,255}$/;
const STREAM = /^(arn:[^/]+\/[^/]+)\/stream\/[^/]+$/;
const Texts = z.object({
  replicaRegions: z.optional(z.string()),
  sessionsTableArn: z.optional(z.string()),
  sessionsTableStreamArn: z.optional(z.string()),
});

/** @throws ConfigurationError where a value is none that can be, or two do not fit together */
export function readSessionsContext(context: Record<string, unknown>): SessionsContext {
  const { success, data } = Texts.safeParse(context);
  if (!success) {
    throw new ConfigurationError(`context ${Object.keys(Texts.shape).join(', ')}: allowed are texts`);
  }
  const replicaRegions = data.replicaRegions?.split(',') ?? [];
  const wrong = replicaRegions.find((region) => !REGION.test(region));
  if (wrong !== undefined) {
    throw new ConfigurationError(
      `context replicaRegions: found ${JSON.stringify(wrong)}, allowed are AWS regions with commas between them`,
    );
  }
  const given = givenTable(data.sessionsTableArn, data.sessionsTableStreamArn, replicaRegions);
  return { replicaRegions, given, ...warmThroughputIn(context, given !== undefined) };
}

/** How much is allowed is said by the table. */
function warmThroughputIn(
  context: Record<string, unknown>,
  isTableGiven: boolean,
): Pick<SessionsContext, 'warmThroughput'> {
  const readUnitsPerSecond = numberIn(context, 'warmReadUnits');
  const writeUnitsPerSecond = numberIn(context, 'warmWriteUnits');
  if (readUnitsPerSecond === undefined && writeUnitsPerSecond === undefined) {
    return {};
  }
  if (isTableGiven) {
    throw new ConfigurationError(
      'context warmReadUnits, warmWriteUnits: allowed where the app makes the table, and not with sessionsTableArn',
    );
  }
  return {
    warmThroughput: {
      ...(readUnitsPerSecond !== undefined && { readUnitsPerSecond }),
      ...(writeUnitsPerSecond !== undefined && { writeUnitsPerSecond }),
    },
  };
}

function givenTable(
  tableArn: string | undefined,
  tableStreamArn: string | undefined,
  replicaRegions: readonly string[],
): SessionsContext['given'] {
  if (tableArn === undefined && tableStreamArn === undefined) {
    return undefined;
  }
  if (!TABLE.test(tableArn ?? '') || STREAM.exec(tableStreamArn ?? '')?.[1] !== tableArn) {
    throw new ConfigurationError(
      `context sessionsTableArn, sessionsTableStreamArn: found ${tableArn} and ${tableStreamArn}, allowed: the ARN of a table and that of its stream`,
    );
  }
  if (replicaRegions.length > 0) {
    throw new ConfigurationError(
      'context replicaRegions: allowed where the app makes the table, and not with sessionsTableArn',
    );
  }
  return tableArn === undefined || tableStreamArn === undefined ? undefined : { tableArn, tableStreamArn };
}
