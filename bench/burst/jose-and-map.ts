// The floor: one `jwtVerify`, and a Map in memory. What has ended is gone when the process ends, and known to it alone.
import { text } from 'node:stream/consumers';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { serve } from './served.ts';

const { ISSUER = '', CLIENT_ID = '', JWKS = '' } = process.env;
const keys = createLocalJWKSet(JSON.parse(JWKS));
const ended = new Map<string, number>();

serve(async (request, response) => {
  const token = new URLSearchParams(await text(request)).get('logout_token') ?? '';
  const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, audience: CLIENT_ID, algorithms: ['RS256'] });
  ended.set(String(payload.sid), Date.now());
  response.writeHead(200, { 'cache-control': 'no-store' }).end();
});
