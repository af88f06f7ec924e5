import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LogoutCheck, SessionStore } from '../../relying-party/sessions/index.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';
import { openBrowser } from './browser.ts';
import { openSession, sealSession } from './cookie-session.ts';
import { type OpenidProvider, reserveOpenidProvider } from './openid-provider.ts';
import { type RelyingParty, startRelyingParty } from './relying-party.ts';
import { nextSecond, signIn, signOutAtOp, whoIsAt } from './signing.ts';

const clientId = 'stateless';
const clientSecret = 'a secret';

let op: OpenidProvider;
let receiver: LocalRun;
let relyingParty: RelyingParty;

beforeAll(async () => {
  op = await reserveOpenidProvider();
  const { issuer } = op;
  receiver = await startLocalRun([{ issuer, clientId, algorithms: ['RS256'] }]);
  const store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  const check = new LogoutCheck({ store });
  const key = randomBytes(32);
  relyingParty = await startRelyingParty(
    issuer,
    clientId,
    {
      create: async ({ sub, sid, idTokenIssuedAt }) => ({
        id: await sealSession({ issuer, clientId, sub, sid, idTokenIssuedAt }, key),
      }),
      get: (cookie) => openSession(cookie, key, check),
    },
    { clientSecret, signedResponseAlg: 'RS256' },
  );
  await op.open({
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [`${relyingParty.url}/callback`],
    backchannel_logout_uri: receiver.endpoint,
    backchannel_logout_session_required: true,
    id_token_signed_response_alg: 'RS256',
  });
  // The local run has asked for its keys before it was open.
  await receiver.forgetKeys(op.issuer);
});

afterAll(async () => {
  await Promise.all([receiver.stop(), relyingParty.stop()]);
  await op.stop();
});

it('a session in an encrypted cookie ends when the user signs out at the OP, and nobody else’s', async () => {
  const [alice, bob] = [openBrowser(), openBrowser()];
  await signIn(alice, 'alice', relyingParty);
  await signIn(bob, 'bob', relyingParty);

  await signOutAtOp(alice, op);

  expect(await whoIsAt(alice, relyingParty)).toBe('anonymous');
  expect(await whoIsAt(bob, relyingParty)).toBe('signed in as bob');
  await nextSecond();
  await signIn(alice, 'alice', relyingParty);
});

it('is what the document shows', () => {
  const [document = '', code = ''] = ['../../docs/sessions.md', 'cookie-session.ts'].map((file) =>
    readFileSync(new URL(file, import.meta.url), 'utf8'),
  );
  expect(document).toContain(code.replace('../../relying-party/sessions/index.ts', 'logout-receiver/sessions'));
});
