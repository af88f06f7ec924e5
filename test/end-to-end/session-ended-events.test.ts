import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NewSession, SessionStore } from '../../relying-party/sessions/index.ts';
import { type Subscription, subscribe } from '../event-subscription.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';

let op: TestIssuer;
let receiver: LocalRun;
let store: SessionStore;
let events: Subscription;
let sub: string;
let sid: string;

beforeAll(async () => {
  op = await startIssuer('EdDSA');
  receiver = await startLocalRun([{ issuer: op.issuer, clientId: 'shop' }], { sessionEndedEvents: true });
  store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  events = await subscribe(receiver.eventBuses.SessionEndedEventBusName ?? '');
});

afterAll(async () => {
  await receiver.stop();
  await op.stop();
  await events.stop();
});

beforeEach(() => {
  [sub, sid] = [randomUUID(), randomUUID()];
});

async function signIn(login: Partial<NewSession> = {}) {
  const now = epochSeconds();
  return await store.create({
    issuer: op.issuer,
    clientId: 'shop',
    sub,
    sid,
    idTokenIssuedAt: now - 60,
    expiresAt: now + 3600,
    data: { email: 'alice@example.com' },
    ...login,
  });
}

async function logOut(scope: { sub?: string; sid?: string }): Promise<void> {
  const token = await op.sign(validClaims(op.issuer, 'shop', scope), { alg: 'EdDSA' });
  const body = new URLSearchParams({ logout_token: token });
  expect((await fetch(receiver.endpoint, { method: 'POST', body })).status).toBe(200);
}

const detailOf = ({ idHash, creation }: { idHash: string; creation: string }, rest: object) => ({
  issuer: op.issuer,
  clientId: 'shop',
  idHash,
  creation,
  ...rest,
});

describe('an application that subscribes to session-ended events', () => {
  it('is told of a logout by the OP, and nothing of the user', async () => {
    const session = await signIn();
    await logOut({ sub, sid });
    const event = await events.next();
    expect(event).toEqual({
      version: '0',
      id: expect.any(String),
      'detail-type': 'Session Ended',
      source: 'logout-receiver',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: [],
      detail: detailOf(session, { cause: 'logout', scope: 'sid' }),
    });
    for (const personal of [sub, sid, session.id, 'email', 'alice']) {
      expect(JSON.stringify(event)).not.toContain(personal);
      expect(receiver.log()).not.toContain(personal);
    }
  });

  it('is told of each session of a user who was logged out everywhere', async () => {
    const sessions = [await signIn({ sid: randomUUID() }), await signIn({ sid: undefined })];
    await logOut({ sub });
    const details = [(await events.next()).detail, (await events.next()).detail];
    expect(details).toHaveLength(2);
    expect(details).toEqual(
      expect.arrayContaining(sessions.map((session) => detailOf(session, { cause: 'logout', scope: 'sub' }))),
    );
  });

  it('is told of what it deleted itself, and of a login that took a session’s place; never of logins and saves', async () => {
    const session = await signIn();
    await store.update(session.id, { data: { cart: ['book'] } });
    const next = await signIn({ id: session.id, replaces: session.creation });
    await store.update(session.id, { data: { cart: ['book', 'lamp'] } });
    await store.delete(session.id);
    expect((await events.next()).detail).toEqual(detailOf(session, { cause: 'replaced' }));
    expect((await events.next()).detail).toEqual(detailOf(next, { cause: 'deleted' }));
    // Nothing came between, and what comes next is of another session.
    const other = await signIn({ sid: randomUUID() });
    await store.delete(other.id);
    expect((await events.next()).detail).toEqual(detailOf(other, { cause: 'deleted' }));
  });
});
