import * as z from 'zod/mini';
import { ConfigurationError } from './configuration-error.ts';

/** Where the app has its sessions table from. */
export interface SessionsContext {
  /** Regions that the app's own table is replicated to. */
  readonly replicaRegions: readonly string[];
  /** A table that is there already: a replica in another region, or one that was restored. */
  readonly given: { readonly tableArn: string; readonly tableStreamArn: string } | undefined;
}

/** The context keys that this file reads. */
export const SESSIONS_KEYS = ['replicaRegions', 'sessionsTableArn', 'sessionsTableStreamArn'];

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
    throw new ConfigurationError(`context ${SESSIONS_KEYS.join(', ')}: allowed are texts`);
  }
  const replicaRegions = data.replicaRegions?.split(',') ?? [];
  const wrong = replicaRegions.find((region) => !REGION.test(region));
  if (wrong !== undefined) {
    throw new ConfigurationError(
      `context replicaRegions: found ${JSON.stringify(wrong)}, allowed are AWS regions with commas between them`,
    );
  }
  return { replicaRegions, given: givenTable(data.sessionsTableArn, data.sessionsTableStreamArn, replicaRegions) };
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
