import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { handler as Handler } from '../../../functions/backchannel-logout/handler.ts';
import { lambdaContext } from '../../lambda-context.ts';
import { type Claims, encoded, validClaims } from '../../logout-token.ts';
import { writeShippedFile } from '../../shipped-file.ts';
import { restApiEvent } from '../rest-api-event.ts';

const ISSUER = 'https://op.example.com';

const directory = mkdtempSync(join(tmpdir(), 'backchannel-'));
let handler: typeof Handler;

beforeAll(async () => {
  // A handler reads the environment when it is loaded.
  vi.resetModules();
  vi.stubEnv('SESSIONS_TABLE_NAME', 'sessions');
  vi.stubEnv('JWKS_CACHE_TABLE_NAME', 'jwks-cache');
  vi.stubEnv('RELYING_PARTIES_FILE', writeShippedFile(directory, [{ issuer: ISSUER, clientId: 'shop' }]));
  vi.stubEnv('DEFERRED_LOGOUT_QUEUE_URL', 'http://127.0.0.1:1/queue');
  vi.stubEnv('UNVERIFIED_LOGOUT_QUEUE_URL', 'http://127.0.0.1:1/queue');
  vi.stubEnv('DEFERRED_LOGOUT_DELAY_SECONDS', '30');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Test');
  ({ handler } = await import('../../../functions/backchannel-logout/handler.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

/** @returns the answer, and the lines that were logged meanwhile */
async function handled(event: unknown) {
  const written: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
  );
  const answer = await handler(event, lambdaContext);
  for (const spy of spies) {
    spy.mockRestore();
  }
  return { answer, log: written.join('') };
}

const lineOf = (log: string, message: string): unknown =>
  JSON.parse(log.split('\n').find((line) => line.includes(`"message":"${message}"`)) ?? '{}');

/** An event of an HTTP API with a token of these claims, whose signature is made up. */
function eventWith(claims: Claims) {
  const token = [{ alg: 'RS256', kid: 'k1', typ: 'logout+jwt' }, claims, 'c2lnbmF0dXJl'];
  const [header = '', payload = '', signature = ''] = token.map((part) =>
    typeof part === 'string' ? part : encoded(part),
  );
  return httpApiEvent(`logout_token=${header}.${payload}.${signature}`);
}

function httpApiEvent(body: string) {
  return {
    version: '2.0',
    requestContext: { http: { method: 'POST' } },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    isBase64Encoded: false,
  };
}

const PERSONAL = { sub: 'alice-8c1f4f2e', sid: 'session-5b0d77aa' };

describe('the log of a logout', () => {
  it.each<[string, Claims, object]>([
    ['issuer_unknown', { iss: `${ISSUER}/` }, { iss: `${ISSUER}/`, aud: 'shop' }],
    ['audience_mismatch', { aud: ['Shop', 'forum'] }, { iss: ISSUER, aud: ['Shop', 'forum'] }],
    ['scope_missing', { sub: undefined, sid: undefined }, { iss: ISSUER, aud: 'shop' }],
  ])(
    'that is refused with %s names the values that the token claims, as unverified',
    async (reason, claims, origin) => {
      const event = eventWith(validClaims(ISSUER, 'shop', { ...PERSONAL, ...claims }));
      const { answer, log } = await handled(event);
      expect(answer).toMatchObject({ statusCode: 400, body: expect.stringContaining(`${reason}: `) });
      const unverified = { alg: 'RS256', kid: 'k1', typ: 'logout+jwt', ...origin };
      expect(lineOf(log, 'logout_rejected')).toMatchObject({ reason, unverified });
      expect(log).not.toMatch(/alice-8c1f4f2e|session-5b0d77aa|c2lnbmF0dXJl/);
    },
  );

  it('that can neither be verified nor kept names them too', async () => {
    const { answer, log } = await handled(eventWith(validClaims(ISSUER, 'shop', PERSONAL)));
    expect(answer).toMatchObject({ statusCode: 503 });
    const unverified = { iss: ISSUER, aud: 'shop', kid: 'k1' };
    expect(lineOf(log, 'logout_not_kept')).toMatchObject({ unverified });
    expect(lineOf(log, 'logout_failed')).toMatchObject({ unverified });
    expect(log).not.toMatch(/alice-8c1f4f2e|session-5b0d77aa|c2lnbmF0dXJl/);
  });
});

describe('the handler', () => {
  it.each([
    ['a token that is refused', 'POST', ({ body }: { body: string }) => body, 400],
    ['no token', 'POST', () => 'logout_token=', 400],
    ['a method that is none of its', 'PUT', () => 'logout_token=a.b.c', 405],
    ['a logout that fails', 'POST', () => eventWith(validClaims(ISSUER, 'shop', PERSONAL)).body, 503],
  ])('answers a REST API and an HTTP API alike: %s', async (_case, method, bodyOf, statusCode) => {
    const body = bodyOf(eventWith(validClaims(`${ISSUER}/`, 'shop', PERSONAL)));
    const { answer } = await handled(restApiEvent(method, '/backchannel-logout', { body }));
    expect(answer.statusCode).toBe(statusCode);
    const event = { ...httpApiEvent(body), requestContext: { http: { method } } };
    expect((await handled(event)).answer).toEqual(answer);
  });

  it.each([
    ['an event of another kind', { Records: [{ body: 'logout_token=eyJzZWNyZXQ' }] }],
    ['nothing', undefined],
    ['half an event of payload format 1.0', { version: '1.0', httpMethod: 'POST', body: 'logout_token=eyJzZWNyZXQ' }],
  ])('answers %s with its own failure, no-store, and logs nothing of it', async (_case, event) => {
    const { answer, log } = await handled(event);
    expect(answer).toEqual({
      statusCode: 503,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json', 'retry-after': '30' },
      body: '{"error":"temporarily_unavailable","error_description":"internal_error: the receiver failed"}',
    });
    expect(log).toContain('"reason":"internal_error"');
    expect(log).not.toContain('eyJ');
  });
});
