import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { exportJWK, generateKeyPair } from 'jose';
import { dynamodbClient } from '../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from '../local/dynamodb/tables.ts';
import { lambdaEnvironment } from '../local/functions/lambda-environment.ts';
import { type LambdaFunction, readLambdaFunction } from '../local/functions/lambda-function.ts';
import { lambdaNode } from '../local/functions/lambda-node.ts';
import { httpApiEvent } from '../local/http-api/http-api-event.ts';
import { readHttpApi } from '../local/http-api/http-api-routes.ts';
import type { Shutdown } from '../local/process/shutdown.ts';
import { synthesize } from '../local/template/synthesize.ts';
import { findOutput } from '../local/template/template-resources.ts';
import { jwksFrom } from '../receiver/jwks/jwks.ts';
import { type JwksCacheTable, settleFetched } from '../receiver/jwks/jwks-cache-table.ts';
import type { JwksLocation } from '../receiver/jwks/jwks-location.ts';
import { SessionStore } from '../relying-party/sessions/index.ts';
import type { SessionsTable } from '../relying-party/sessions/sessions-table.ts';
import { signedToken } from '../test/issuer.ts';
import { epochSeconds, validClaims } from '../test/logout-token.ts';
import { BenchError } from './measured-parts.ts';

/** Of relying-parties.json, with which the template is synthesized. */
export const PARTY = { issuer: 'https://op.example.com', clientId: 'shop' };
/** Where an instance without further settings has the issuer's keys. */
export const LOCATION: JwksLocation = {
  issuer: PARTY.issuer,
  allowPrivateAddresses: false,
  jwksMaxStaleSeconds: 86_400,
};

/** What is deployed, on an embedded DynamoDB, with an issuer whose keys are in the JWKS cache table. */
export interface BenchDeployment {
  readonly sessionsTable: SessionsTable;
  readonly jwksCacheTable: JwksCacheTable;
  readonly store: SessionStore;
  /** Of the embedded DynamoDB. */
  readonly endpoint: string;
  /** What receives back-channel logouts. */
  readonly lambda: LambdaFunction;
  /** Path of the Node.js to run it on. */
  readonly node: string;
  /** The keys that the issuer publishes. */
  readonly jwks: { readonly keys: readonly object[] };
  /** The function's environment, with DynamoDB at that address. */
  environment(dynamodb: string): Record<string, string>;
  /** Signs somebody in, and tells the `sid`. */
  signIn(sub?: string): Promise<string>;
  /** Signs a logout token for a `sid`, or for what the claims name. */
  logoutToken(claims: { readonly sid?: string; readonly sub?: string }): Promise<string>;
  /** What the HTTP API hands to the function when the OP sends a token. */
  event(token: string): object;
}

/** @throws BenchError where the template has no function for back-channel logouts */
export async function openDeployment(progress: (line: string) => void, shutdown: Shutdown): Promise<BenchDeployment> {
  progress('synthesizing and starting DynamoDB');
  const [stacks, { endpoint }, { publicKey, privateKey }] = await Promise.all([
    synthesize(fileURLToPath(new URL('../relying-parties.json', import.meta.url)), shutdown),
    startDynamodbEngine(findEngine(), undefined, shutdown),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  // Without streams: the embedded engine keeps them in the same file as the items, and gets slower with each.
  const tables = readTables(stacks).map(({ StreamSpecification: _, ...table }) => table);
  const base = dynamodbClient(endpoint);
  shutdown.onEnd(async () => base.destroy());
  await createTables(base, tables, progress);
  const client = DynamoDBDocumentClient.from(base);
  const sessionsTable = { client, tableName: findOutput(stacks, 'SessionsTableName') };
  const jwksCacheTable = { client, tableName: findOutput(stacks, 'JwksCacheTableName') };
  const store = new SessionStore(sessionsTable);

  const published = [{ ...(await exportJWK(publicKey)), kid: 'key', alg: 'RS256', use: 'sig' }];
  const { jwks } = jwksFrom({ keys: published });
  const now = epochSeconds();
  await settleFetched(
    jwksCacheTable,
    LOCATION,
    { claimant: 'background', claim: randomUUID() },
    {
      ...{ jwks, source: `${PARTY.issuer}/jwks`, fetchedAt: now, asOf: now, freshUntil: now + 86_400 },
    },
  );

  const api = readHttpApi(stacks);
  const route = api.routes.find(({ routeKey }) => routeKey.endsWith('/backchannel-logout'));
  if (!route) {
    throw new BenchError('the template has no route for back-channel logouts');
  }
  const lambda = readLambdaFunction(stacks, route.functionArn);
  return {
    ...{ sessionsTable, jwksCacheTable, store, endpoint, lambda, jwks },
    node: lambdaNode(lambda.runtime, progress),
    environment: (dynamodb) => lambdaEnvironment(lambda, { dynamodb }, Date.now()),
    async signIn(sub = randomUUID()) {
      const sid = randomUUID();
      const login = { ...PARTY, sub, sid, idTokenIssuedAt: epochSeconds() - 60, expiresAt: epochSeconds() + 3600 };
      await store.create({ ...login, data: { cart: [] } });
      return sid;
    },
    logoutToken: (claims) =>
      signedToken(
        validClaims(PARTY.issuer, PARTY.clientId, claims),
        { alg: 'RS256', kid: 'key', typ: 'logout+jwt' },
        privateKey,
      ),
    event(token) {
      const body = Buffer.from(new URLSearchParams({ logout_token: token }).toString());
      const path = route.routeKey.replace(/^\S+ /, '');
      const request = {
        id: randomUUID(),
        receivedAt: Date.now(),
        method: 'POST',
        path,
        query: '',
        protocol: 'HTTP/1.1',
      };
      const headers = [
        ['content-type', 'application/x-www-form-urlencoded'] as const,
        ['host', api.domainName] as const,
      ];
      return httpApiEvent({ ...request, headers, body, sourceIp: '192.0.2.1', port: 443 }, route, api);
    },
  };
}
