import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../sample.ts';
import { User, useSample } from './started-sample.ts';

const sample = useSample();

describe('the sample', () => {
  // First: with a wrong key, the issuer is asked once more, which it is spared for half a minute after a request has done so.
  const forgeries = [
    ['wrong-key', 'signature_invalid'],
    ['alg-none', 'alg_not_allowed'],
    ['wrong-audience', 'audience_mismatch'],
    ['id-token', 'events_invalid'],
    ['nonce', 'nonce_present'],
  ] as const;
  it.each(sampleOf(forgeries, 3))('has a forged token refused: %s', async (kind, reason) => {
    const user = await new User(sample, 'bob', 'phone').signedIn('shop');
    const { answer } = await sample.act('forge', { kind });
    expect(answer?.status).toBe(400);
    expect(answer?.body).toContain(`"error_description":"${reason}: `);
    expect(await sample.happened('token-sent')).toMatchObject({ kind });
    expect(await user.at('shop')).toBe('Signed in as bob');
  });

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
    expect(await sample.happened('op-signed-out')).toMatchObject({ device: 'laptop', account: 'alice' });
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
