import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLAIM_CASES } from './claim-cases.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { ENCRYPTION_CASES } from './encryption-cases.ts';
import { HEADER_CASES } from './header-cases.ts';
import { expectedAnswer, judge, shown } from './judged-case.ts';
import { KEY_CASES } from './key-cases.ts';
import { REQUEST_CASES } from './request-cases.ts';
import { SERIALIZATION_CASES } from './serialization-cases.ts';

let deployment: Deployment;
const startedAt = performance.now();

beforeAll(async () => {
  deployment = await startDeployment();
});

afterAll(async () => {
  await deployment.stop();
});

describe.each([
  ['request', REQUEST_CASES],
  ['serialization', SERIALIZATION_CASES],
  ['header', HEADER_CASES],
  ['claims', CLAIM_CASES],
  ['keys', KEY_CASES],
  ['encryption', ENCRYPTION_CASES],
])('a logout request is judged by its %s', (_subject, cases) => {
  it.each(cases.map((given) => [given.reason ?? 'accepted', given.name, given] as const))(
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

describe('whatever was sent', () => {
  it('HEAD is refused like every other method, without a body', async () => {
    const answer = await fetch(deployment.receiver.endpoint, { method: 'HEAD' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('no header has led the receiver anywhere', () => {
    expect(deployment.stranger.requests).toEqual([]);
  });

  it('the issuer has seen one look at its keys, and another for unknown kids in each cooldown of 30 seconds', () => {
    const cooldowns = Math.floor((performance.now() - startedAt) / 30_000);
    expect(deployment.op.requests.get('/jwks')).toBeLessThanOrEqual(1 + cooldowns);
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
