import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { byHandLogout } from './by-hand-logout.ts';

const { ISSUER = '', CLIENT_ID = '', SESSIONS_TABLE_NAME = '', JWKS_CACHE_TABLE_NAME = '' } = process.env;

const logout = byHandLogout(
  { issuer: ISSUER, clientId: CLIENT_ID },
  {
    client: DynamoDBDocumentClient.from(new DynamoDBClient()),
    sessions: SESSIONS_TABLE_NAME,
    jwksCache: JWKS_CACHE_TABLE_NAME,
  },
);

/** Receives logout requests as a function would that does nothing but the logout. */
export async function handler({ body }: { readonly body: string }) {
  const form = new URLSearchParams(Buffer.from(body, 'base64').toString());
  await logout(form.get('logout_token') ?? '');
  return { statusCode: 200, headers: { 'cache-control': 'no-store' }, body: '' };
}
