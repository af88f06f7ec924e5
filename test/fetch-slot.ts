import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TestTable } from './tables.ts';

/** Has the time come when the issuer may be asked again for the keys at a place. */
export async function openFetchSlot({ client, tableName }: TestTable, jwksUri: string): Promise<void> {
  await client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { pk: `JWKS#${jwksUri}` },
      UpdateExpression: 'REMOVE requestClaimedAt, backgroundClaimedAt',
    }),
  );
}
