import { createServer } from 'node:http';
import express from 'express';
import { UnsecuredJWT } from 'jose';
import { listen, stopServer } from '../../loopback-server.ts';

type Claims = Readonly<Record<string, unknown>>;

/** An OP that issues the ID tokens it is told to, as `passport-openidconnect` takes them: it checks no signature. */
export interface ScriptedOpenidProvider {
  readonly issuer: string;
  /** Claims of the next login's ID token. */
  login: Claims;
  /** Claims of the next refreshed ID token. */
  refreshed: Claims;
  stop(): Promise<void>;
}

export async function startScriptedOpenidProvider(clientId: string): Promise<ScriptedOpenidProvider> {
  const app = express();
  const server = createServer(app);
  const issuer = await listen(server);
  const op: ScriptedOpenidProvider = { issuer, login: {}, refreshed: {}, stop: () => stopServer(server) };
  app.get('/auth', ({ query }, response) => {
    const back = new URL(String(query.redirect_uri));
    back.search = new URLSearchParams({ code: 'code', state: String(query.state) }).toString();
    response.redirect(back.href);
  });
  app.post('/token', express.urlencoded(), ({ body }, response) => {
    const claims = body.grant_type === 'refresh_token' ? op.refreshed : op.login;
    const idToken = new UnsecuredJWT({ iss: issuer, aud: clientId, ...claims }).setExpirationTime('1h').encode();
    response.json({ access_token: 'a', token_type: 'Bearer', id_token: idToken });
  });
  app.get('/me', (_request, response) => {
    response.json({ sub: op.login.sub });
  });
  return op;
}
