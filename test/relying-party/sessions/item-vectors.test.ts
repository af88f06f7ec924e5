import { afterEach, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { type Session, SessionStore } from '../../../relying-party/sessions/index.ts';
import { newTable } from '../../tables.ts';
import { ITEM_VECTORS, type ItemVector, itemsIn, putItems } from './item-vectors.ts';

afterEach(() => {
  vi.useRealTimers();
});

const Create = z.object({
  id: z.string(),
  creation: z.string(),
  sub: z.string(),
  sid: z.optional(z.string()),
  idTokenIssuedAt: z.number(),
  expiresAt: z.number(),
  data: z.record(z.string(), z.unknown()),
});
const Save = z.object({
  id: z.string(),
  creation: z.optional(z.string()),
  data: z.optional(z.record(z.string(), z.unknown())),
  expiresAt: z.optional(z.number()),
});
const Id = z.object({ id: z.string() });
const Logout = z.object({ scope: z.object({ sid: z.string() }), notBefore: z.number() });

const OPERATIONS: Record<ItemVector['operation'], (store: SessionStore, vector: ItemVector) => Promise<unknown>> = {
  create: async (store, { input, store: { issuer, clientId } }) => {
    const { creation: _drawn, ...login } = Create.parse(input);
    await store.create({ issuer, clientId, ...login });
    return 'created';
  },
  read: async (store, { input }) => readable(await store.get(Id.parse(input).id)),
  save: async (store, { input }) => {
    const { id, ...changes } = Save.parse(input);
    await store.update(id, changes);
    return 'saved';
  },
  signOut: async (store, { input }) => {
    await store.delete(Id.parse(input).id);
    return 'signed_out';
  },
  logout: async (store, { input, store: { issuer, clientId } }) => {
    const { scope, notBefore } = Logout.parse(input);
    return await store.endSessions({ issuer, clientId, ...scope }, notBefore);
  },
};

/** As JSON writes it: without what is undefined, and null where there is none. */
const readable = (session: Session | undefined): unknown => JSON.parse(JSON.stringify(session ?? null));

/** What is thrown is an outcome too: its code. */
const outcomeOf = (operation: Promise<unknown>) =>
  operation.catch((error: unknown) => z.object({ code: z.string() }).parse(error).code);

it.each(ITEM_VECTORS)('the library does what the vector says: $operation, $name', async (vector) => {
  const table = await newTable('sessions');
  vi.useFakeTimers({ toFake: ['Date'], now: vector.now * 1000 });
  await putItems(table, vector.given);
  const { issuer, clientId, maxSessionLifetimeSeconds } = vector.store;
  const store = new SessionStore({ ...table, relyingParty: { issuer, clientId }, maxSessionLifetimeSeconds });

  expect(await outcomeOf(OPERATIONS[vector.operation](store, vector))).toEqual(vector.outcome);

  // The library draws the random part of a creation anew.
  const time = (vector.now * 1000).toString(16).padStart(12, '0');
  const found = JSON.stringify(await itemsIn(table)).replaceAll(
    new RegExp(`${time}[\\w-]{22}`, 'g'),
    String(vector.input.creation),
  );
  expect(JSON.parse(found)).toEqual(vector.items);
});

it('vectors draw a creation only as the library does: its time, then 128 bits', () => {
  for (const { now, input, operation } of ITEM_VECTORS.filter((vector) => vector.operation === 'create')) {
    const creation = String(input.creation);
    expect([operation, creation.slice(0, 12)]).toEqual(['create', (now * 1000).toString(16).padStart(12, '0')]);
    expect(Buffer.from(creation.slice(12), 'base64url')).toHaveLength(16);
    expect(Buffer.from(creation.slice(12), 'base64url').toString('base64url')).toBe(creation.slice(12));
    expect(Buffer.from(String(input.id), 'base64url')).toHaveLength(24);
  }
});
