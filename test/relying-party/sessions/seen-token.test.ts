import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashOf, seenTokenKey } from '../../../relying-party/sessions/item-keys.ts';
import * as seenToken from '../../../relying-party/sessions/seen-token.ts';
import { type TokenIdentity, tokenClaimOf } from '../../../relying-party/sessions/seen-token.ts';
import { newTable, type TestTable } from '../../tables.ts';

const NOW = 1_800_000_000;
const TWO_DAYS = 172_800;

let table: TestTable;

beforeAll(async () => {
  table = await newTable('sessions');
});

const token = (changes: Partial<TokenIdentity> = {}): TokenIdentity => ({
  issuer: 'https://op.example.com',
  signer: ['https://op.example.com'],
  jti: randomUUID(),
  audiences: ['shop'],
  sub: 'alice',
  sid: 'a1',
  iat: NOW,
  exp: NOW + 120,
  ...changes,
});

const ENDINGS = [{ partition: 'SID#hash', maxSessionLifetimeSeconds: 3600, allowanceSeconds: 5 }];

const claimToken = async (on: TestTable, identity: TokenIdentity, now: number) =>
  await seenToken.claimToken(on, tokenClaimOf(identity), ENDINGS, now);
const markTokenDone = async (on: TestTable, identity: TokenIdentity, now: number) =>
  await seenToken.markTokenDone(on, tokenClaimOf(identity), now);

const FIRST = { isEarlier: false, hasSameScope: true, iat: NOW, isDone: false };

describe('a token', () => {
  it('that nobody has seen is the first', async () => {
    expect(await claimToken(table, token(), NOW)).toEqual(FIRST);
  });

  it.each<[string, Partial<TokenIdentity>]>([
    ['the very same', {}],
    ['signed anew, later, as Zitadel does it', { iat: NOW + 90 }],
    ['with its audience in another order', { audiences: ['shop', 'forum'] }],
    ['with an audience twice', { audiences: ['forum', 'shop', 'forum'] }],
  ])('that was seen counts as of the first one’s iat: %s', async (_case, changes) => {
    const first = token({ audiences: changes.audiences ? ['forum', 'shop'] : ['shop'] });
    await claimToken(table, first, NOW);
    const again = await claimToken(table, { ...first, ...changes }, NOW + 100);
    expect(again).toEqual({ isEarlier: true, hasSameScope: true, iat: NOW, isDone: false });
  });

  // An OP that has the session's id in jti (Casdoor until June 2026) sends every logout of the session under it.
  it.each<[string, Partial<TokenIdentity>, number]>([
    ['issued when the first one had expired', {}, 121],
    ['issued 5 minutes later, without exp', { exp: undefined }, 301],
    ['issued 15 minutes later, though the first one lives longer', { exp: NOW + 86_400 }, 901],
  ])('with a jti that was seen with the same scope is another logout: %s', async (_case, changes, later) => {
    const first = token(changes);
    await claimToken(table, first, NOW);
    await markTokenDone(table, first, NOW);
    const repeated = { ...first, iat: NOW + later - 1 };
    expect(await claimToken(table, repeated, NOW + later)).toMatchObject({ isEarlier: true, iat: NOW, isDone: true });
    const another = { ...first, iat: NOW + later };
    expect(await claimToken(table, another, NOW + later)).toEqual({ ...FIRST, iat: NOW + later });
    expect(await claimToken(table, first, NOW + later)).toMatchObject({ isEarlier: true, iat: NOW + later });
  });

  it('that is the very same is the same logout, also where it had expired before it was issued', async () => {
    const first = token({ exp: NOW - 30 });
    await claimToken(table, first, NOW);
    expect(await claimToken(table, first, NOW)).toMatchObject({ isEarlier: true });
  });

  it.each<[string, Partial<TokenIdentity>]>([
    ['another client', { audiences: ['forum'] }],
    ['another client besides', { audiences: ['shop', 'forum'] }],
    ['another sub', { sub: 'bob' }],
    ['another sid', { sid: 'b2' }],
    ['no sid', { sid: undefined }],
    ['no sub', { sub: undefined }],
    ['sub and sid the other way round', { sub: 'a1', sid: 'alice' }],
  ])('with a jti that was seen with another scope is told apart: %s', async (_case, changes) => {
    const first = token();
    await claimToken(table, first, NOW);
    expect(await claimToken(table, { ...first, ...changes }, NOW)).toMatchObject({ hasSameScope: false });
    expect(await claimToken(table, first, NOW)).toMatchObject({ hasSameScope: true });
  });

  it.each([
    ['issuer', ['https://op2.example.com']],
    ['client, which signs with its secret,', ['https://op.example.com', 'shop']],
  ])('of another %s may have the same jti', async (_case, signer) => {
    const first = token();
    await claimToken(table, first, NOW);
    expect(await claimToken(table, { ...first, signer, sid: 'b2' }, NOW)).toEqual(FIRST);
  });

  it('is done when somebody said so', async () => {
    const first = token();
    await claimToken(table, first, NOW);
    await markTokenDone(table, first, NOW + 1);
    expect(await claimToken(table, first, NOW + 2)).toEqual({ ...FIRST, isEarlier: true, isDone: true });
  });

  it('is not done because the logout before it is, whose jti the OP has used again', async () => {
    const [first, another] = [token(), { iat: NOW + 121, exp: NOW + 241 }];
    await claimToken(table, first, NOW);
    expect(await claimToken(table, { ...first, ...another }, NOW + 121)).toMatchObject({ isEarlier: false });
    await markTokenDone(table, first, NOW + 122);
    expect(await claimToken(table, { ...first, ...another }, NOW + 123)).toMatchObject({ isDone: false });
  });

  it('is remembered for two days, and not longer, though DynamoDB has not deleted it yet', async () => {
    const first = token();
    await claimToken(table, first, NOW);
    await markTokenDone(table, first, NOW);
    const later = { ...first, sid: 'b2', iat: NOW + TWO_DAYS };
    expect(await claimToken(table, later, NOW + TWO_DAYS - 1)).toMatchObject({ hasSameScope: false });
    expect(await claimToken(table, later, NOW + TWO_DAYS)).toEqual({ ...FIRST, iat: NOW + TWO_DAYS });
    expect(await claimToken(table, later, NOW + TWO_DAYS)).toMatchObject({ isEarlier: true, isDone: false });
  });

  it('that is delivered again late is remembered for two more days', async () => {
    const first = token();
    await claimToken(table, first, NOW);
    await markTokenDone(table, first, NOW);
    const late = NOW + TWO_DAYS - 3600;
    const seen = { isEarlier: true, hasSameScope: true, iat: NOW, isDone: true };
    expect(await claimToken(table, first, late)).toEqual(seen);
    expect(await claimToken(table, first, NOW + TWO_DAYS)).toEqual(seen);
    expect(await claimToken(table, first, late + TWO_DAYS - 1)).toMatchObject({ isEarlier: true });
    expect(await claimToken(table, { ...first, sid: 'b2' }, late + 3 * TWO_DAYS)).toMatchObject({ isEarlier: false });
  });

  it.each([
    ['while it is remembered for longer than it can be accepted, costs no write', TWO_DAYS - 87_000, NOW + TWO_DAYS],
    ['when it is remembered for less, is remembered anew', TWO_DAYS - 86_999, NOW + 2 * TWO_DAYS - 86_999],
  ])('that is delivered again %s', async (_case, later, expiresAt) => {
    const first = token();
    await claimToken(table, first, NOW);
    await claimToken(table, first, NOW + later);
    const Key = seenTokenKey(first.signer, first.jti);
    const { Item } = await table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true }));
    expect(Item).toMatchObject({ expiresAt });
  });

  it('that nobody has seen does not become done', async () => {
    const first = token();
    await markTokenDone(table, first, NOW);
    expect(await claimToken(table, first, NOW)).toEqual(FIRST);
    expect(await claimToken(table, first, NOW)).toMatchObject({ isEarlier: true, isDone: false });
  });
});

it('of many deliveries that race, exactly one is the first, and all hear its iat', async () => {
  const first = token();
  const deliveries = Array.from({ length: 20 }, (_, index) => ({ ...first, iat: NOW + index }));
  const answers = await Promise.all(deliveries.map((delivery) => claimToken(table, delivery, NOW)));
  expect(answers.filter(({ isEarlier }) => !isEarlier)).toHaveLength(1);
  expect(new Set(answers.map(({ iat }) => iat)).size).toBe(1);
});

it('of tokens that race for one jti with different scopes, exactly one wins', async () => {
  const first = token();
  const deliveries = Array.from({ length: 20 }, (_, index) => ({ ...first, sid: `sid ${index}` }));
  const answers = await Promise.all(deliveries.map((delivery) => claimToken(table, delivery, NOW)));
  expect(answers.filter(({ hasSameScope }) => hasSameScope)).toHaveLength(1);
});

it('what is stored holds nothing personal, and is found by its hash', async () => {
  const first = token({ sub: 'alice' });
  await claimToken(table, first, NOW);
  const { Item } = await table.client.send(
    new GetCommand({
      TableName: table.tableName,
      Key: seenTokenKey(first.signer, first.jti),
      ConsistentRead: true,
    }),
  );
  expect(Item).toEqual({
    pk: expect.any(String),
    sk: 'JTI',
    scopeHash: hashOf('https://op.example.com', ['shop'], 'alice', 'a1'),
    iat: NOW,
    repeatedUntil: NOW + 120,
    endings: ENDINGS,
    expiresAt: NOW + TWO_DAYS,
  });
});
