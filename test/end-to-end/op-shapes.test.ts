import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NewSession, SessionStore } from '../../functions/sessions/index.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { EVENTS } from '../logout-token.ts';

let op: TestIssuer;
let receiver: LocalRun;
let store: SessionStore;

beforeAll(async () => {
  op = await startIssuer('RS256', 'ES256');
  receiver = await startLocalRun([
    { issuer: op.issuer, clientId: 'shop' },
    { issuer: op.issuer, clientId: 'forum', jwksUri: `${op.issuer}/other-jwks`, algorithms: ['RS256'] },
  ]);
  store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
});

afterAll(async () => {
  await receiver.stop();
  await op.stop();
});

const now = () => Math.floor(Date.now() / 1000);

async function signIn(login: Partial<NewSession>): Promise<string> {
  const { id } = await store.create({
    issuer: op.issuer,
    clientId: 'shop',
    sub: randomUUID(),
    idTokenIssuedAt: now() - 60,
    expiresAt: now() + 3600,
    data: {},
    ...login,
  });
  return id;
}

async function post(token: string, more: Record<string, string> = {}): Promise<Response> {
  return await fetch(receiver.endpoint, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: token, ...more }),
  });
}

const claims = (changes: object) => ({
  iss: op.issuer,
  aud: 'shop',
  iat: now(),
  jti: randomUUID(),
  events: EVENTS,
  ...changes,
});

const isAlive = async (id: string) => (await store.get(id)) !== undefined;

async function expectSuccess(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
  expect(response.headers.get('cache-control')).toBe('no-store');
}

describe('a logout token as it comes from', () => {
  it('WSO2 Identity Server: no typ, aud of one element, and the sub of another client’s ID token', async () => {
    const sid = randomUUID();
    const ended = await signIn({ sub: 'alice@shop', sid });
    const otherDevice = await signIn({ sub: 'alice@shop', sid: randomUUID() });
    const namesake = await signIn({ sub: 'alice@first-client', sid: randomUUID() });
    const token = claims({ aud: ['shop'], sub: 'alice@first-client', sid, exp: now() + 120 });
    await expectSuccess(await post(await op.sign(token, { 'x5t#S256': 'abc' })));
    expect(await Promise.all([ended, otherDevice, namesake].map(isAlive))).toEqual([false, true, true]);
  });

  it('Ory Hydra: sid without sub, no exp, typ JWT', async () => {
    const sid = randomUUID();
    const ended = await signIn({ sid });
    await expectSuccess(await post(await op.sign(claims({ aud: ['shop'], sid }), { typ: 'JWT' })));
    expect(await isAlive(ended)).toBe(false);
  });

  it('GOV.UK One Login: sub without sid, ES256, so that all devices are signed out', async () => {
    const sub = `urn:fdc:gov.uk:2022:${randomUUID()}`;
    const ended = await Promise.all([signIn({ sub }), signIn({ sub, sid: 'phone' }), signIn({ sub, sid: 'laptop' })]);
    const kept = await signIn({});
    const token = claims({ sub, exp: now() + 120 });
    await expectSuccess(await post(await op.sign(token, { alg: 'ES256', typ: 'logout+jwt' })));
    expect(await Promise.all([...ended, kept].map(isAlive))).toEqual([false, false, false, true]);
  });

  it('the certification suite: a sid of any printable ASCII, a claim and a form field that nobody knows', async () => {
    const sid = `aZ09 !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ ${randomUUID()} `;
    const ended = await signIn({ sub: 'user', sid });
    const trimmed = await signIn({ sub: 'user', sid: sid.trim() });
    const token = claims({ sub: 'user', sid, exp: now() + 120, ignored_claim: 'it has to be ignored' });
    const response = await post(await op.sign(token), { ignored_parameter: 'this parameter has to be ignored' });
    await expectSuccess(response);
    expect(await Promise.all([ended, trimmed].map(isAlive))).toEqual([false, true]);
  });
});

describe('a logout', () => {
  it('of nobody who is signed in is a success', async () => {
    await expectSuccess(await post(await op.sign(claims({ sid: randomUUID() }))));
  });

  it('that is delivered again is a success, and ends no login made since', async () => {
    const sub = randomUUID();
    const token = await op.sign(claims({ sub, iat: now() - 30 }));
    const before = await signIn({ sub, idTokenIssuedAt: now() - 40 });
    await expectSuccess(await post(token));
    const since = await signIn({ sub, idTokenIssuedAt: now() - 20 });
    await expectSuccess(await post(token));
    expect(await Promise.all([before, since].map(isAlive))).toEqual([false, true]);
  });

  it('ends nothing of another client of the same issuer, nor of another issuer', async () => {
    const [sub, sid] = [randomUUID(), randomUUID()];
    const shop = await signIn({ sub, sid });
    const forum = await signIn({ sub, sid, clientId: 'forum' });
    const elsewhere = await signIn({ sub, sid, issuer: 'https://op.example.com' });
    await expectSuccess(await post(await op.sign(claims({ sub, sid }))));
    await expectSuccess(await post(await op.sign(claims({ sub }))));
    expect(await Promise.all([shop, forum, elsewhere].map(isAlive))).toEqual([false, true, true]);
  });

  it('for two of our clients ends the sessions of both', async () => {
    const sid = randomUUID();
    const sessions = [await signIn({ sid }), await signIn({ sid, clientId: 'forum' })];
    await expectSuccess(await post(await op.sign(claims({ aud: ['shop', 'forum'], sid }))));
    expect(await Promise.all(sessions.map(isAlive))).toEqual([false, false]);
  });

  it('refuses the login that was in flight', async () => {
    const sub = randomUUID();
    await expectSuccess(await post(await op.sign(claims({ sub }))));
    await expect(signIn({ sub, idTokenIssuedAt: now() - 1 })).rejects.toMatchObject({ code: 'logged_out' });
  });
});

describe('a request that is refused', () => {
  it.each<[number, string, () => Promise<RequestInit>]>([
    [400, 'signature_invalid', async () => body(`${(await op.sign(claims({ sub: 'victim' }))).slice(0, -8)}AAAAAAAA`)],
    [
      400,
      'alg_not_allowed',
      async () => body(await op.sign(claims({ aud: 'forum', sub: 'victim' }), { alg: 'ES256' })),
    ],
    [400, 'events_invalid', async () => body(await op.sign(claims({ sub: 'victim', events: undefined })))],
    [400, 'logout_token_missing', async () => ({ method: 'POST', body: new URLSearchParams({ token: 'x' }) })],
    [
      400,
      'content_type_unsupported',
      async () => ({ method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
    ],
    [400, 'body_too_large', async () => body('x'.repeat(20_000))],
    [405, 'method_not_allowed', async () => ({ method: 'GET' })],
    [405, 'method_not_allowed', async () => ({ method: 'PUT', body: 'x' })],
    [405, 'method_not_allowed', async () => ({ method: 'OPTIONS' })],
  ])('is answered %i with the reason %s, and ends nothing', async (status, reason, request) => {
    const victim = await signIn({ sub: 'victim' });
    const response = await fetch(receiver.endpoint, await request());
    const answer = await response.json();
    expect(response.status).toBe(status);
    expect(answer).toEqual({
      error: 'invalid_request',
      error_description: expect.stringMatching(new RegExp(`^${reason}: [\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]+$`)),
    });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('allow')).toBe(status === 405 ? 'POST' : null);
    expect(await isAlive(victim)).toBe(true);
  });

  it('is logged with its reason, and without the token', async () => {
    const token = await op.sign(claims({ sub: 'private-person', iat: 1 }));
    expect((await post(token)).status).toBe(400);
    expect(receiver.log()).toContain('"reason":"token_too_old"');
    expect(receiver.log()).toContain('"LogoutRejected":1');
    expect(receiver.log()).not.toMatch(/eyJ|private-person/);
  });

  function body(token: string): RequestInit {
    return { method: 'POST', body: new URLSearchParams({ logout_token: token }) };
  }
});

it('an issuer whose keys cannot be had is a failure and not the request’s fault: 503, try again', async () => {
  const down = await startIssuer('RS256');
  const other = await startLocalRun([{ issuer: down.issuer, clientId: 'shop' }]);
  const token = await down.sign({ ...claims({ sub: 'x' }), iss: down.issuer });
  down.answerJwks = (response) => response.writeHead(500).end();
  const response = await fetch(other.endpoint, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
  const answer: unknown = await response.json();
  await Promise.all([other.stop(), down.stop()]);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('30');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(answer).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'jwks_unavailable: the keys of the issuer cannot be fetched',
  });
});
