import { describe, expect, it } from 'vitest';
import { statusOf, User, useSample } from '../local/stage/started-sample.ts';

const sample = useSample();

/** What takes longer than `npm test` has time for; the page's own tests do it all again in a browser. */
describe('the sample', () => {
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
    expect(await sample.happened('login-held')).toMatchObject({ client });
    expect(await sample.state()).toMatchObject({ hold: true, held: 1 });
    await user.signOutAtOp();
    expect(await sample.act('login', { action: 'release' })).toMatchObject({ status: 200 });
    const refused = await login;
    expect(refused.status).toBe(403);
    expect(statusOf(refused)).toMatch(
      /^This sign-in was refused: you were signed out while it was under way, or a moment before\.$/,
    );
    expect(await sample.happened('login-refused')).toMatchObject({ device: 'laptop', client });
    expect(await user.at(client)).toBe('Signed out');
    await user.signedIn(client);
  });

  it('finishes a logout that came while DynamoDB was down', async () => {
    const user = await new User(sample, 'bob', 'laptop').signedIn('shop');
    expect(await sample.act('table', { action: 'down' })).toMatchObject({ status: 200 });
    expect((await user.open('shop')).status).toBe(503);
    await user.signOutAtOp();
    await sample.nextWhere(({ type, reason }) => type === 'answer' && reason === 'deferred');
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
});
