import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe } from 'vitest';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { signWith, testDeployment } from './deployment-suite.ts';
import { Deployed } from './throwaway-stage.ts';

describe('the receiver at AWS', () => {
  const file = process.env.DEPLOYED ?? '';
  const { tableName, privateKey, ...deployed } = Deployed.parse(JSON.parse(readFileSync(file, 'utf8')));
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const store = new SessionStore({ client, tableName });
  testDeployment(() => ({ ...deployed, store, sign: (claims) => signWith(privateKey, claims) }));
});
