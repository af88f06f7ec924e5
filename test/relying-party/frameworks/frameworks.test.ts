import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { LogoutCheck, SessionStore } from '../../../relying-party/sessions/index.ts';
import { epochSeconds } from '../../logout-token.ts';
import { newTable, type TestTable } from '../../tables.ts';
import { accessTokenCheck } from './access-token-check.ts';
import { cookieAuthorizer } from './cookie-authorizer.ts';

const issuer = 'https://op.example.com';
const relyingParty = { issuer, clientId: 'shop' };
const loginAt = epochSeconds() - 600;

let table: TestTable;
let store: SessionStore;

beforeAll(async () => {
  table = await newTable('sessions');
  store = new SessionStore({ ...table, relyingParty });
});

const newLogin = () => ({ ...relyingParty, sub: randomUUID(), sid: randomUUID(), idTokenIssuedAt: loginAt });

it('a Lambda authorizer lets in whose session lives, and nobody once it was logged out', async () => {
  const authorize = cookieAuthorizer(store);
  const login = newLogin();
  const { id } = await store.create({ ...login, expiresAt: epochSeconds() + 3600, data: {} });
  const cookies = ['theme=dark', `session=${id}`];
  expect(await authorize({ cookies })).toEqual({ isAuthorized: true, context: { sub: login.sub } });
  await store.endSessions(login, loginAt + 1);
  expect(await authorize({ cookies })).toEqual({ isAuthorized: false });
  expect(await authorize({ cookies: ['session='] })).toEqual({ isAuthorized: false });
});

it('an access token that was refreshed after the logout is refused by its auth_time, which its iat would not tell', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
  const check = new LogoutCheck({ store });
  const subOf = accessTokenCheck(issuer, 'https://api.example.com', keys, check);
  const { sub, sid } = newLogin();
  const tokenOf = async (iat: number) =>
    await new SignJWT({ client_id: 'shop', sub, sid, auth_time: loginAt - 60 })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
      .setIssuer(issuer)
      .setAudience('https://api.example.com')
      .setIssuedAt(iat)
      .setExpirationTime('5 minutes')
      .sign(privateKey);
  expect(await subOf(await tokenOf(loginAt))).toBe(sub);

  await store.endSessions({ ...relyingParty, sid }, loginAt + 300);

  const refreshedAt = loginAt + 500;
  expect(await subOf(await tokenOf(refreshedAt))).toBeUndefined();
  expect(await check.isLoggedOut({ ...relyingParty, sub, sid, idTokenIssuedAt: refreshedAt })).toBe(false);
});

it.each(['cookie-authorizer.ts', 'access-token-check.ts'])('the document shows %s as it is tested', (file) => {
  const code = readFileSync(new URL(file, import.meta.url), 'utf8');
  expect(readFileSync(new URL('../../../docs/frameworks.md', import.meta.url), 'utf8')).toContain(
    code.replace('../../../relying-party/sessions/index.ts', 'logout-receiver/sessions'),
  );
});
