import { localAccount } from './local-account.ts';
import type { LocalRun } from './local-run.ts';

export const APPLICATION_VARIABLES = [
  'AWS_ENDPOINT_URL_DYNAMODB',
  'AWS_REGION',
  // boto3 reads no other name of the region.
  'AWS_DEFAULT_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'SESSIONS_TABLE_NAME',
] as const;

export type ApplicationEnvironment = Readonly<Record<(typeof APPLICATION_VARIABLES)[number], string>>;

/** The environment that an application needs for the session store of a local run. */
export function applicationEnvironment({
  dynamodb,
  region,
  tables,
}: Pick<LocalRun, 'dynamodb' | 'region' | 'tables'>): ApplicationEnvironment {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: localAccount.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localAccount.credentials.secretAccessKey,
    SESSIONS_TABLE_NAME: tables.sessions,
  };
}
