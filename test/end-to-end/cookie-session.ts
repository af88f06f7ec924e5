import { EncryptJWT, jwtDecrypt } from 'jose';
import * as z from 'zod/mini';
import type { LogoutCheck } from '../../relying-party/sessions/index.ts';

const Login = z.object({
  issuer: z.string(),
  clientId: z.string(),
  sub: z.string(),
  sid: z.optional(z.string()),
  idTokenIssuedAt: z.number(),
});
type Login = z.infer<typeof Login>;

/** Makes the cookie after a login. `key`: 32 random bytes, the same in every process. */
export async function sealSession(login: Login, key: Uint8Array): Promise<string> {
  const header = { alg: 'dir', enc: 'A256GCM' };
  return await new EncryptJWT({ login }).setProtectedHeader(header).setExpirationTime('8 hours').encrypt(key);
}

/** Reads the cookie on each request; undefined: nobody is signed in. */
export async function openSession(cookie: string, key: Uint8Array, check: LogoutCheck): Promise<Login | undefined> {
  const opened = await jwtDecrypt(cookie, key).catch(() => undefined);
  const login = opened && Login.parse(opened.payload.login);
  return login && !(await check.isLoggedOut(login)) ? login : undefined;
}
