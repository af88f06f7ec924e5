import type { FetchedJwks } from '../../receiver/jwks/jwks-fetch.ts';
import type { JwksLocation } from '../../receiver/jwks/jwks-location.ts';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { inPlainWords } from '../aws/aws-failure.ts';
import type { AwsConfiguration } from '../aws/aws-options.ts';
import { textOfSeconds } from '../duration.ts';
import type { Finding } from '../finding.ts';

const ADVICE = 'see the log of JwksRefresh for jwks_fetch_failed and its cause, and whether its schedule is enabled';

/** @throws FailedError where the JWKS cache table cannot be read */
export async function keyAgeFindings(
  configuration: AwsConfiguration,
  tableName: string,
  locations: readonly JwksLocation[],
): Promise<readonly Finding[]> {
  const [{ DynamoDBClient }, { DynamoDBDocumentClient }, { readItem }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/lib-dynamodb'),
    import('../../receiver/jwks/jwks-cache-table.ts'),
  ]);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(configuration));
  const now = epochSeconds();
  return await Promise.all(
    locations.map(async (location) => {
      const { fetched } = await inPlainWords(readItem({ client, tableName }, location));
      return keyAgeFinding(location, fetched, now);
    }),
  );
}

/** @param now epoch seconds */
export function keyAgeFinding(
  { issuer, jwksMaxStaleSeconds }: JwksLocation,
  fetched: Pick<FetchedJwks, 'fetchedAt' | 'freshUntil'> | undefined,
  now: number,
): Finding {
  if (!fetched) {
    return {
      code: 'key_age',
      level: 'problem',
      text: `${issuer}: the deployment has never had its keys`,
      advice: `see whether this relying parties file is the one that is deployed; ${ADVICE}`,
    };
  }
  const { fetchedAt, freshUntil } = fetched;
  const age = Math.max(0, now - fetchedAt);
  const text = `${issuer}: the deployment fetched its keys ${textOfSeconds(age)} ago`;
  if (age >= jwksMaxStaleSeconds) {
    return {
      code: 'key_age',
      level: 'problem',
      text: `${text}: too old to use, and logouts are deferred`,
      advice: ADVICE,
    };
  }
  // As the alarm OldKeys has it.
  return age > 2 * (freshUntil - fetchedAt)
    ? {
        code: 'key_age',
        level: 'problem',
        text: `${text}, and is to renew them every ${textOfSeconds(freshUntil - fetchedAt)}: it cannot reach the issuer`,
        advice: `${ADVICE}; in ${textOfSeconds(jwksMaxStaleSeconds - age)} logouts will be deferred`,
      }
    : { code: 'key_age', level: 'good', text };
}
