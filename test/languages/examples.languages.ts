import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import * as z from 'zod/mini';
import { LogoutCheck, SessionStore } from '../../relying-party/sessions/index.ts';
import { type Fate, type FaultProxy, startFaultProxy } from '../fault-proxy.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';
import { ITEM_VECTORS, itemsIn, putItems } from '../relying-party/sessions/item-vectors.ts';
import { newTable } from '../tables.ts';
import { driverOf, type Example, LANGUAGES, startExample } from './example.ts';

const KEY_VECTORS = z
  .object({ vectors: z.array(z.object({ parts: z.array(z.string()), key: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL('../vectors/keys.json', import.meta.url), 'utf8'))).vectors;

const clientId = 'shop';
const maxSessionLifetimeSeconds = 2_592_000;

let op: TestIssuer;
let receiver: LocalRun;

beforeAll(async () => {
  op = await startIssuer('RS256');
  receiver = await startLocalRun([{ issuer: op.issuer, clientId, algorithms: ['RS256'] }]);
});

afterAll(async () => {
  await receiver.stop();
  await op.stop();
});

describe.each(LANGUAGES)('the example in %s', (language) => {
  let example: Example;
  let ofVectors: Example;
  let store: SessionStore;

  beforeAll(() => {
    const driver = driverOf(language);
    example = startExample(driver, receiver.dynamodb);
    ofVectors = startExample(driver, inject('dynamodbEndpoint'));
    store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  });

  afterAll(async () => {
    await Promise.all([example.stop(), ofVectors.stop()]);
  });

  const request = (operation: string, input: object) => ({
    store: { issuer: op.issuer, clientId, maxSessionLifetimeSeconds },
    tableName: receiver.tables.sessions,
    operation,
    input,
  });
  const perform = async (operation: string, input: object) => await example.perform(request(operation, input));

  /** A login of somebody new, ten seconds ago. */
  const newLogin = () => ({
    sub: randomUUID(),
    sid: randomUUID(),
    idTokenIssuedAt: epochSeconds() - 10,
    expiresAt: epochSeconds() + 3600,
    data: { name: 'Zoë 😀' },
  });

  async function logOut(scope: { sub: string } | { sid: string }): Promise<void> {
    const token = await op.sign(validClaims(op.issuer, clientId, scope));
    const body = new URLSearchParams({ logout_token: token });
    expect((await fetch(receiver.endpoint, { method: 'POST', body })).status).toBe(200);
  }

  it('hashes keys to the published vectors', async () => {
    for (const { parts, key } of KEY_VECTORS) {
      const { outcome } = await example.perform({ operation: 'hash', input: { parts } });
      expect([parts, outcome]).toEqual([parts, key.slice(key.indexOf('#') + 1)]);
    }
  });

  const vectors = ITEM_VECTORS.filter(({ operation }) => operation !== 'logout');
  it.each(vectors)('does what the vector says: $operation, $name', async (vector) => {
    const table = await newTable('sessions');
    await putItems(table, vector.given);
    const { outcome } = await ofVectors.perform({ ...vector, tableName: table.tableName });
    expect([outcome, await itemsIn(table)]).toEqual([vector.outcome, vector.items]);
  });

  it('makes sessions that the library reads, and that a logout of their sid ends', async () => {
    const login = newLogin();
    const { id = '' } = await perform('create', login);
    const session = await store.get(id);
    expect(session).toMatchObject({ issuer: op.issuer, clientId, ...login });

    await logOut({ sid: login.sid });

    expect((await perform('read', { id })).outcome).toBeNull();
    const save = await perform('save', { id, creation: session?.creation, data: {} });
    expect(save.outcome).toBe('session_not_found');
    expect((await perform('create', login)).outcome).toBe('logged_out');
    const later = await perform('create', { ...login, sid: randomUUID(), idTokenIssuedAt: epochSeconds() + 10 });
    expect(later.outcome).toBe('created');
  });

  it('makes sessions that a logout of their subject ends, and lists them', async () => {
    const { sid: _none, ...login } = newLogin();
    const { id = '' } = await perform('create', login);
    expect(await store.list({ issuer: op.issuer, clientId, sub: login.sub })).toHaveLength(1);
    await logOut({ sub: login.sub });
    expect((await perform('read', { id })).outcome).toBeNull();
  });

  it('signs one session out, which the library sees', async () => {
    const [{ id = '' }, { id: other = '' }] = [
      await perform('create', newLogin()),
      await perform('create', newLogin()),
    ];
    await perform('signOut', { id });
    expect(await store.getOrEnd(id)).toBe('ended');
    expect(await store.get(other)).toBeDefined();
  });

  it('reads and saves what the library made', async () => {
    const login = newLogin();
    const { id, creation } = await store.create({ issuer: op.issuer, clientId, ...login });
    expect((await perform('save', { id, creation, data: { cart: ['book'] } })).outcome).toBe('saved');
    expect((await perform('read', { id })).outcome).toMatchObject({
      creation,
      sub: login.sub,
      data: { cart: ['book'] },
    });
    const check = new LogoutCheck({ store });
    expect(await check.isLoggedOut({ issuer: op.issuer, clientId, ...login })).toBe(false);
  });

  describe('whose requests are watched', () => {
    let proxy: FaultProxy;
    let watched: Example;

    beforeEach(async () => {
      proxy = await startFaultProxy(receiver.dynamodb);
      watched = startExample(driverOf(language), proxy.endpoint);
    });

    afterEach(async () => {
      await watched.stop();
      await proxy.stop();
    });

    it('writes the pointers before it reads the markers, and the session last', async () => {
      await watched.perform(request('create', newLogin()));
      expect(proxy.operations).toEqual(['PutItem', 'PutItem', 'GetItem', 'GetItem', 'PutItem']);
    });

    it('undoes what is refused: the end first, then the pointers', async () => {
      const login = newLogin();
      await logOut({ sid: login.sid });
      await watched.perform(request('create', login));
      expect(proxy.operations.slice(4)).toEqual(['UpdateItem', 'DeleteItem', 'DeleteItem']);
    });

    it.each([0, 1, 2, 3, 4])(
      'a login whose operation %i waits for a whole logout does not outlive it',
      async (waiting) => {
        const login = newLogin();
        proxy.fateOf = async (_operation, index): Promise<Fate> => {
          if (index === waiting) {
            await logOut({ sid: login.sid });
          }
          return 'pass';
        };
        expect((await watched.perform(request('create', login))).outcome).toBe('logged_out');
        expect(await store.list({ issuer: op.issuer, clientId, sub: login.sub })).toEqual([]);
      },
    );

    it('a login whose last answer is lost is made all the same', async () => {
      proxy.fateOf = (_operation, index) => (index === 4 ? 'lose answer' : 'pass');
      const { outcome, id = '' } = await watched.perform(request('create', newLogin()));
      expect(outcome).toBe('created');
      expect(await store.get(id)).toBeDefined();
    });

    it('a save that waits for a whole logout brings nothing back', async () => {
      const login = newLogin();
      const { id, creation } = await store.create({ issuer: op.issuer, clientId, ...login });
      proxy.fateOf = async (): Promise<Fate> => {
        await logOut({ sid: login.sid });
        return 'pass';
      };
      const { outcome } = await watched.perform(request('save', { id, creation, data: {} }));
      expect(outcome).toBe('session_not_found');
      expect(await store.get(id)).toBeUndefined();
    });
  });
});
