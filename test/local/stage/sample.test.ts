import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventSource } from '../watch/event-source.ts';
import { type StartedSample, startSample, statusOf, User } from './started-sample.ts';

let sample: StartedSample;
/** Of the feed, which begins with what happened in earlier tests. */
let lastEventId = 0;

beforeAll(async () => {
  sample = await startSample();
});

afterAll(async () => {
  await sample.stop();
});

const feed = () => eventSource(`${sample.page}/events`, lastEventId);

/** Waits for an event of the stage. */
async function happened(what: string) {
  const { nextWhere } = await feed();
  const event = await nextWhere((each) => each.what === what);
  lastEventId = event.id;
  return event;
}

describe('the sample', () => {
  it('signs out both applications of the device on which the user signs out at the OP, and no other device', async () => {
    const laptop = await new User(sample, 'alice', 'laptop').signedIn('shop', 'mail');
    const phone = await new User(sample, 'alice', 'phone').signedIn('shop');
    // Hears of the end by itself, as the page of the shop does.
    const told = laptop.open('shop', '/session-end');
    expect((await laptop.open('mail', '/session')).text).toBe('{"isSignedIn":true}');

    await laptop.signOutAtOp();

    expect((await told).text).toBe('data: ended\n\n');
    expect(await laptop.at('shop')).toBe('Signed out');
    await expect.poll(async () => (await laptop.open('mail', '/session')).text).toBe('{"isSignedIn":false}');
    expect(await laptop.at('mail')).toBe('Signed out');
    expect(await phone.at('shop')).toBe('Signed in as alice');
    expect(await happened('op-signed-out')).toMatchObject({ device: 'laptop', account: 'alice' });
  });

  it('lets a user sign in again at once, and a replayed token ends nothing', async () => {
    const laptop = await new User(sample, 'alice', 'laptop').signedIn('shop');
    await laptop.signOutAtOp();
    await laptop.signedIn('shop', 'mail');
    expect(await sample.act('replay')).toMatchObject({ status: 200, answer: { status: 200, body: '' } });
    expect(await laptop.at('shop')).toBe('Signed in as alice');
    expect(await laptop.at('mail')).toBe('Signed in as alice');
  });

  it('signs a user out everywhere, and nobody else', async () => {
    const laptop = await new User(sample, 'alice', 'laptop').signedIn('shop', 'mail');
    const phone = await new User(sample, 'alice', 'phone').signedIn('shop');
    const bob = await new User(sample, 'bob', 'phone').signedIn('shop');
    expect(await sample.act('everywhere', { account: 'alice' })).toMatchObject({ status: 200 });
    expect(await laptop.at('shop')).toBe('Signed out');
    await expect.poll(() => laptop.at('mail')).toBe('Signed out');
    expect(await phone.at('shop')).toBe('Signed out');
    expect(await phone.at('op')).toBe('Nobody is signed in here.');
    expect(await bob.at('shop')).toBe('Signed in as bob');
    expect(await sample.act('everywhere', { account: 'alice' })).toEqual({
      status: 409,
      problem: 'alice is not signed in at the OP.',
    });
  });

  it.each(['shop', 'mail'] as const)('refuses a login at %s that a sign-out overtakes', async (client) => {
    const user = new User(sample, 'bob', 'laptop');
    expect(await sample.act('login', { action: 'hold' })).toMatchObject({ status: 200 });
    const login = user.signIn(client);
    expect(await happened('login-held')).toMatchObject({ client });
    expect(await sample.state()).toMatchObject({ hold: true, held: 1 });
    await user.signOutAtOp();
    expect(await sample.act('login', { action: 'release' })).toMatchObject({ status: 200 });
    const refused = await login;
    expect(refused.status).toBe(403);
    expect(statusOf(refused)).toMatch(/^This sign-in was refused: you were signed out while it was under way\.$/);
    expect(await happened('login-refused')).toMatchObject({ device: 'laptop', client });
    expect(await user.at(client)).toBe('Signed out');
    await user.signedIn(client);
  });

  it.each([
    ['wrong-key', 'signature_invalid'],
    ['alg-none', 'alg_not_allowed'],
    ['wrong-audience', 'audience_mismatch'],
    ['id-token', 'events_invalid'],
    ['nonce', 'nonce_present'],
  ])('has a forged token refused: %s', async (kind, reason) => {
    const user = await new User(sample, 'bob', 'phone').signedIn('shop');
    const { answer } = await sample.act('forge', { kind });
    expect(answer?.status).toBe(400);
    expect(answer?.body).toContain(`"error_description":"${reason}: `);
    expect(await happened('token-sent')).toMatchObject({ kind });
    expect(await user.at('shop')).toBe('Signed in as bob');
  });

  it('finishes a logout that came while DynamoDB was down', async () => {
    const user = await new User(sample, 'bob', 'laptop').signedIn('shop');
    expect(await sample.act('table', { action: 'down' })).toMatchObject({ status: 200 });
    expect((await user.open('shop')).status).toBe(503);
    await user.signOutAtOp();
    const { nextWhere } = await feed();
    const answered = await nextWhere(({ type, reason }) => type === 'answer' && reason === 'deferred');
    lastEventId = answered.id;
    expect(await sample.act('table', { action: 'up' })).toMatchObject({ status: 200 });
    expect(await user.at('shop')).toBe('Signed in as bob');
    await expect.poll(() => user.at('shop')).toBe('Signed out');
  });

  it('ends sessions with a new key of the OP, and refuses to hand out keys that are offline', async () => {
    const user = await new User(sample, 'bob', 'laptop').signedIn('shop');
    const { kid } = (await sample.state()).keys;
    expect(await sample.act('keys', { action: 'rotate' })).toMatchObject({ status: 200 });
    const keys = await new User(sample, 'nobody', 'phone').open('op', '/jwks');
    expect(keys.text).toContain((await sample.state()).keys.kid);
    expect(keys.text).not.toContain(kid);
    await user.signOutAtOp();
    // Where the keys were fetched within the last seconds, the receiver waits before it asks again.
    await expect.poll(() => user.at('shop')).toBe('Signed out');

    expect(await sample.act('keys', { action: 'offline' })).toMatchObject({ status: 200 });
    expect((await user.open('op', '/jwks')).status).toBe(503);
    expect((await user.open('op', '/.well-known/openid-configuration')).status).toBe(503);
    // What the receiver knows of the keys is enough for a while.
    await user.signedIn('shop');
    await user.signOutAtOp();
    expect(await user.at('shop')).toBe('Signed out');
    expect(await sample.act('keys', { action: 'online' })).toMatchObject({ status: 200 });
    expect((await user.open('op', '/jwks')).status).toBe(200);
  });

  it.each([
    ['keys', 'online', 'The OP’s keys are online already.'],
    ['table', 'up', 'DynamoDB is up already.'],
    ['login', 'release', 'No logins are held.'],
  ])('says so where an action makes no sense: %s %s', async (path, action, problem) => {
    expect(await sample.act(path, { action })).toEqual({ status: 409, problem });
  });

  it.each([
    ['replay', 'not JSON', 'text/plain', 'A POST of JSON is asked for.'],
    ['forge', '{"kind":"unheard of"}', 'application/json', 'The body is not what this action takes.'],
    ['table', '{', 'application/json', 'The body is not what this action takes.'],
  ])('refuses what is no action: %s with %s', async (path, body, type, problem) => {
    const headers = { 'content-type': type };
    const response = await fetch(`${sample.page}/stage/${path}`, { method: 'POST', headers, body });
    expect([response.status, await response.json()]).toEqual([400, { problem }]);
  });
});

describe('what stands before OP and applications', () => {
  const partUrls = () => Object.values(sample.ready.stage.devices).flatMap((parts) => Object.values(parts));

  const answerOf = (port: string, host: string) =>
    new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/', headers: { host } }, resolve).on('error', reject).end();
    });

  it('lets only the page show them in frames', async () => {
    for (const url of partUrls()) {
      const { port, host } = new URL(url);
      const answer = await answerOf(port, host);
      answer.resume();
      expect(answer.headers['content-security-policy']).toContain(`frame-ancestors ${sample.ready.page}`);
    }
  });

  it('answers to no other name', async () => {
    const [url = ''] = partUrls();
    const { port, hostname } = new URL(url);
    for (const host of [
      `evil.example:${port}`,
      `shop.laptop.logout.localhost:${port}`,
      hostname,
      `localhost:${port}`,
    ]) {
      const answer = await answerOf(port, host);
      answer.resume();
      expect(answer.statusCode).toBe(421);
    }
  });
});
