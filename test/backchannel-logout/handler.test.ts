import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { handler as Handler } from '../../functions/backchannel-logout/handler.ts';
import { lambdaContext } from '../lambda-context.ts';

let handler: typeof Handler;

beforeAll(async () => {
  vi.stubEnv('SESSIONS_TABLE_NAME', 'sessions');
  vi.stubEnv('JWKS_CACHE_TABLE_NAME', 'jwks-cache');
  vi.stubEnv('RELYING_PARTIES_FILE', fileURLToPath(new URL('../../relying-parties.json', import.meta.url)));
  vi.stubEnv('DEFERRED_LOGOUT_QUEUE_URL', 'http://127.0.0.1:1/queue');
  vi.stubEnv('DEFERRED_LOGOUT_DELAY_SECONDS', '30');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Test');
  ({ handler } = await import('../../functions/backchannel-logout/handler.ts'));
});

describe('the handler', () => {
  it.each([
    ['an event of another kind', { Records: [{ body: 'logout_token=eyJzZWNyZXQ' }] }],
    ['nothing', undefined],
    ['an event of payload format 1.0', { version: '1.0', httpMethod: 'POST', body: 'logout_token=eyJzZWNyZXQ' }],
  ])('answers %s with its own failure, no-store, and logs nothing of it', async (_case, event) => {
    const written: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
    );
    const answer = await handler(event, lambdaContext);
    for (const spy of spies) {
      spy.mockRestore();
    }
    expect(answer).toEqual({
      statusCode: 503,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json', 'retry-after': '30' },
      body: '{"error":"temporarily_unavailable","error_description":"internal_error: the receiver failed"}',
    });
    expect(written.join('')).toContain('"reason":"internal_error"');
    expect(written.join('')).not.toContain('eyJ');
  });
});
