import { createServer } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import express from 'express';
import { auth } from 'express-openid-connect';
import { ExpressSessionStore, expressOpenidConnect } from 'logout-receiver/express-session';

const issuer = setting('ISSUER');
const clientId = setting('CLIENT_ID');
const store = new ExpressSessionStore({
  client: DynamoDBDocumentClient.from(new DynamoDBClient()),
  tableName: setting('SESSIONS_TABLE_NAME'),
  relyingParty: { issuer, clientId },
  identityOf: expressOpenidConnect({ issuer, clientId }),
});

const app = express();
const server = createServer(app).listen(0, '127.0.0.1', () => {
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
  app.use(
    auth({
      issuerBaseURL: issuer,
      baseURL: url,
      clientID: clientId,
      clientSecret: setting('CLIENT_SECRET'),
      secret: setting('COOKIE_SECRET'),
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: 'openid' },
      session: { store },
    }),
  );
  app.get('/', ({ oidc }, response) => {
    response.send(oidc.user ? `signed in as ${oidc.user.sub}` : 'anonymous');
  });
  console.log(url);
});

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set`);
  }
  return value;
}
