import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { type ScannedSession, scanSessions } from '../../../relying-party/sessions/session-scan.ts';
import { epochSeconds } from '../../logout-token.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { login } from './login.ts';

const THEN = epochSeconds() - 60;

let table: TestTable;
let store: SessionStore;

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore(table);
});

async function scanned(
  client: { readonly issuer: string; readonly clientId: string } | undefined,
  now = epochSeconds(),
) {
  const sessions: ScannedSession[] = [];
  let pages = 0;
  for await (const page of scanSessions(table, client, THEN, now)) {
    pages++;
    sessions.push(...page.sessions);
  }
  return { pages, hashes: sessions.map(({ idHash }) => idHash).sort(), sessions };
}

it('finds those of all relying parties, where none is named', async () => {
  const created = await Promise.all(
    ['shop', 'mail'].map((clientId) => store.create(login({ clientId, idTokenIssuedAt: THEN }))),
  );
  expect((await scanned(undefined)).hashes).toEqual(expect.arrayContaining(created.map(({ idHash }) => idHash)));
});

it('finds the live sessions of a client that were issued by then, on all pages of the table', async () => {
  const client = { issuer: 'https://op.example.com', clientId: randomUUID() };
  const mine = { ...client, idTokenIssuedAt: THEN };
  // A page of DynamoDB has 1 MB.
  const data = { text: 'x'.repeat(380_000) };
  const wanted = await Promise.all(Array.from({ length: 3 }, () => store.create(login({ ...mine, data }))));
  const ended = await store.create(login(mine));
  await store.delete(ended.id);
  await store.create(login({ ...mine, idTokenIssuedAt: THEN + 1 }));
  await store.create(login({ ...mine, clientId: 'other' }));
  await store.create(login({ ...mine, issuer: 'https://other.example.com' }));
  await table.client.send(
    new PutCommand({ TableName: table.tableName, Item: { ...client, pk: 'SESSION#spoilt', sk: 'SESSION' } }),
  );
  const { pages, hashes, sessions } = await scanned(client);
  expect(hashes).toEqual(wanted.map(({ idHash }) => idHash).sort());
  expect(pages).toBeGreaterThan(1);
  expect(Object.keys(sessions[0] ?? {}).sort()).toEqual(['clientId', 'creation', 'idHash', 'issuer', 'sid', 'sub']);
  expect((await scanned(client, Math.max(...wanted.map(({ expiresAt }) => expiresAt)))).hashes).toEqual([]);
});
