import { inPlainWords } from '../aws/aws-failure.ts';
import type { AwsConfiguration } from '../aws/aws-options.ts';
import type { Finding } from '../finding.ts';

/** A table as it must be. */
export interface WantedTable {
  /** For people. */
  readonly what: string;
  /** Names and kinds of the keys. */
  readonly keys: Readonly<Record<string, string>>;
  /** Whether it holds sessions: must be recoverable, protected, and have a stream. */
  readonly holdsSessions: boolean;
}

/** A table as it is. */
export interface TableState {
  readonly name: string;
  readonly status: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly stream?: string | undefined;
  /** The attribute that says when an item expires; undefined where that is turned off. */
  readonly expiry?: string | undefined;
  readonly isRecoverable: boolean;
  readonly isProtected: boolean;
}

export const SESSIONS_TABLE: WantedTable = {
  what: 'sessions table',
  keys: { pk: 'HASH', sk: 'RANGE' },
  holdsSessions: true,
};
export const JWKS_CACHE_TABLE: WantedTable = { what: 'JWKS cache table', keys: { pk: 'HASH' }, holdsSessions: false };

/** @throws FailedError where nobody may look */
export async function readTable(configuration: AwsConfiguration, TableName: string): Promise<TableState> {
  const { DescribeContinuousBackupsCommand, DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } =
    await import('@aws-sdk/client-dynamodb');
  const client = new DynamoDBClient(configuration);
  const [{ Table }, { TimeToLiveDescription: expiry }, { ContinuousBackupsDescription: backups }] = await inPlainWords(
    Promise.all([
      client.send(new DescribeTableCommand({ TableName })),
      client.send(new DescribeTimeToLiveCommand({ TableName })),
      client.send(new DescribeContinuousBackupsCommand({ TableName })),
    ]),
  );
  const { StreamEnabled, StreamViewType } = Table?.StreamSpecification ?? {};
  return {
    name: TableName,
    status: Table?.TableStatus ?? 'unknown',
    keys: Object.fromEntries((Table?.KeySchema ?? []).map(({ AttributeName, KeyType }) => [AttributeName, KeyType])),
    stream: StreamEnabled ? StreamViewType : undefined,
    expiry: /^ENABL/.test(expiry?.TimeToLiveStatus ?? '') ? expiry?.AttributeName : undefined,
    isRecoverable: backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED',
    isProtected: Table?.DeletionProtectionEnabled === true,
  };
}

/** What a deployment sets right again. */
const DEPLOY = 'somebody has changed the table: cdk deploy sets it right, see cdk drift';

export function tableFindings(table: TableState, { what, keys, holdsSessions }: WantedTable): readonly Finding[] {
  const named = `the ${what}`;
  const schema = (of: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(of).sort());
  const checks: readonly [code: string, isGood: boolean, good: string, problem: string, advice: string][] = [
    [
      'table_status',
      table.status === 'ACTIVE' || table.status === 'UPDATING',
      `is active (${table.name})`,
      `is ${table.status} (${table.name})`,
      'see the table in the DynamoDB console: without it every logout is deferred',
    ],
    [
      'table_keys',
      schema(table.keys) === schema(keys),
      `has the right keys (${Object.keys(keys).join(', ')})`,
      `has the keys ${Object.keys(table.keys).join(' and ')}, and not ${Object.keys(keys).join(' and ')}`,
      'it is no table of logout-receiver: see which one the stack names',
    ],
    [
      'table_expiry',
      table.expiry === 'expiresAt',
      'forgets what has expired (expiresAt)',
      table.expiry === undefined
        ? 'forgets nothing: expiry is turned off'
        : `forgets by ${table.expiry} in place of expiresAt`,
      DEPLOY,
    ],
  ];
  const ofSessions: typeof checks = holdsSessions
    ? [
        ['table_recovery', table.isRecoverable, 'has point-in-time recovery', 'has no point-in-time recovery', DEPLOY],
        ['table_protection', table.isProtected, 'is protected from deletion', 'is not protected from deletion', DEPLOY],
        [
          'table_stream',
          table.stream === 'NEW_AND_OLD_IMAGES',
          'has a stream of new and old images',
          `has ${table.stream === undefined ? 'no stream' : `a stream of ${table.stream}`}: logouts that die half-way are not finished`,
          DEPLOY,
        ],
      ]
    : [];
  return [...checks, ...ofSessions].map(([code, isGood, good, problem, advice]) =>
    isGood
      ? { code, level: 'good', text: `${named} ${good}` }
      : { code, level: 'problem', text: `${named} ${problem}`, advice },
  );
}
