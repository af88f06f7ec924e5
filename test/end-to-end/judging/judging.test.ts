import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validClaims } from '../../logout-token.ts';
import { unicodeText } from '../../receiver/logout/token-arbitraries.ts';
import { sampleOf } from '../../sample.ts';
import { ALL_CASES } from './all-cases.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { deliver, expectedAnswer, FORM, formPost, judge, shown } from './judged-case.ts';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});

afterAll(async () => {
  await deployment.stop();
});

describe.each(ALL_CASES)('a logout request is judged by its %s', (_subject, cases) => {
  it.each(sampleOf(cases, 16).map((given) => [given.reason ?? 'accepted', given.name, given] as const))(
    '%s: %s',
    async (_verdict, _name, given) => {
      const { answer, isSessionAlive, isBystanderAlive } = await judge(given, deployment);
      expect(shown(answer)).toEqual(expectedAnswer(given.reason));
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(isSessionAlive).toBe(given.reason !== undefined);
      expect(isBystanderAlive).toBe(true);
    },
  );
});

describe('whatever is sent', () => {
  it('is answered with 200, 400 or 405, at once, and never with 5xx', async () => {
    const { op, signIn, isAlive } = deployment;
    const sid = randomUUID();
    const session = await signIn({ sid });
    const token = await op.sign(validClaims(op.issuer, 'forum', { sid }));
    const text = fc.oneof(
      unicodeText({ maxLength: 200 }),
      fc.constantFrom('logout_token=', token, token.slice(1), '&', '=', '+', '%00', '%zz', '\u0000', 'a.b.c.d.e'),
    );
    const request = fc.record({
      method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND', 'TRACE'),
      contentType: fc.oneof(fc.constant(FORM), fc.stringMatching(/^[ -~]{0,40}$/)),
      body: fc.oneof(
        fc.array(text, { maxLength: 5 }).map((parts) => Buffer.from(parts.join(''))),
        fc.uint8Array({ maxLength: 20_000 }).map((bytes) => Buffer.from(bytes)),
      ),
      query: fc.constantFrom('', '?', `?logout_token=${token}`, '?%00', '?a=%ff&a'),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ method, contentType, body, query }) => {
        const message = { ...formPost(body, contentType), method, query };
        const { status, headers } = await deliver(deployment, message);
        expect([200, 400, 405]).toContain(status);
        expect(headers['cache-control']).toBe('no-store');
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(await isAlive(session)).toBe(true);
  });

  it('HEAD is refused like every other method, without a body', async () => {
    const answer = await fetch(deployment.receiver.endpoint, { method: 'HEAD' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('no header has led the receiver anywhere', () => {
    expect(deployment.stranger.requests).toEqual([]);
  });

  it('the issuer has seen no look at its keys but the scheduled one: nothing that was sent could bring about another', () => {
    // The twin's keys, which are at a jwksUri of its own, are fetched for themselves.
    expect(deployment.op.requests.get('/jwks')).toBeLessThanOrEqual(2);
  });

  it('no token, sub, session id or secret stands in the log', () => {
    const log = deployment.receiver.log();
    expect(log).toContain('"reason":"signature_invalid"');
    expect(log).not.toMatch(/eyJ|somebody else/);
    expect(log).not.toContain(deployment.secrets.symmetric);
    expect(log).not.toContain(deployment.secrets.short);
    expect(log).not.toContain('"sub":"');
  });
});
