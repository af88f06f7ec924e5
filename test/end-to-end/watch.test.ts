import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished, vi } from 'vitest';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { startIssuer } from '../issuer.ts';
import { eventSource, type FedEvent } from '../local/watch/event-source.ts';
import { startLocalRun } from '../local-run.ts';
import { epochSeconds, validClaims } from '../logout-token.ts';

const isItem = ({ type }: FedEvent) => type === 'item';
const isAnswer = ({ type }: FedEvent) => type === 'answer';
/** Items that are written at the same time come in any order. */
const changesOf = (items: readonly FedEvent[]) => items.map(({ change, kind }) => `${change} ${kind}`).sort();

it('with --watch, a page tells of a login, of the token that comes, how it is judged, and what ends', async () => {
  // The answer waits for what the stream has to tell, also where that takes more than half a second: see `createStreamPace`.
  const { setTimeout: later } = globalThis;
  vi.stubGlobal('setTimeout', (run: () => void, milliseconds?: number) =>
    later(run, milliseconds === 500 ? 600_000 : milliseconds),
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  const op = await startIssuer('ES256');
  onTestFinished(() => op.stop());
  const { issuer } = op;
  const run = await startLocalRun([{ issuer, clientId: 'shop', algorithms: ['ES256'] }], { watch: true });
  onTestFinished(() => run.stop());
  expect(run.page).toMatch(/^http:\/\/logout\.localhost:\d+$/);
  // Not every system has an address for names under localhost, as browsers have.
  const page = run.page?.replace('logout.localhost', '127.0.0.1') ?? '';
  expect((await fetch(page)).headers.get('content-type')).toBe('text/html; charset=utf-8');
  const events = await eventSource(`${page}/events`);

  const store = new SessionStore({ client: run.client, tableName: run.tables.sessions });
  const [sub, sid, now] = [randomUUID(), randomUUID(), epochSeconds()];
  const login = { issuer, clientId: 'shop', sub, sid, idTokenIssuedAt: now - 60, expiresAt: now + 3600 };
  await store.create({ ...login, data: { cart: ['a book'] } });
  const made: FedEvent[] = [];
  while (made.length < 3) {
    made.push(await events.nextWhere(isItem));
  }
  expect(changesOf(made)).toEqual(['put pointer by sid', 'put pointer by sub', 'put session']);
  const session = made.find(({ kind }) => kind === 'session');
  expect(session).toMatchObject({ sk: 'SESSION', attributes: { sub, sid, data: '{"cart":["a book"]}' } });

  const claims = validClaims(issuer, 'shop', { sid });
  const token = await op.sign(claims, { alg: 'ES256', typ: 'logout+jwt' });
  const post = async (value: string) =>
    await fetch(run.endpoint, { method: 'POST', body: new URLSearchParams({ logout_token: value }) });
  await post(token);
  const told: FedEvent[] = [];
  while (!told.some(isAnswer)) {
    told.push(await events.next());
  }
  const [request, ...rest] = told.filter(({ type }) => type !== 'log');
  expect(request).toMatchObject({
    type: 'request',
    token: { compact: token, header: { alg: 'ES256' }, payload: claims, encrypted: false },
  });
  const [seen, ...changed] = rest.filter(isItem);
  expect(`${seen?.change} ${seen?.kind}`).toBe('put seen token');
  // The marker and the end are written at the same time.
  const [end, marker] = changed.slice(0, 2).sort((a, b) => String(a.change).localeCompare(String(b.change)));
  expect([end, marker].map((event) => `${event?.change} ${event?.kind}`)).toEqual([
    'changed session',
    'put not-before marker',
  ]);
  const pointers = changed.slice(2);
  expect(changesOf(pointers)).toEqual(['removed pointer by sid', 'removed pointer by sub']);
  expect(end).toMatchObject({ pk: session?.pk, attributes: { cause: 'logout', scope: 'sid' } });
  // What ends has ended before the answer.
  expect(rest.at(-1)).toMatchObject({ type: 'answer', requestId: request?.requestId, status: 200 });

  await post(`${token}*`);
  expect(await events.nextWhere(isAnswer)).toMatchObject({ status: 400, reason: 'token_malformed' });
});
