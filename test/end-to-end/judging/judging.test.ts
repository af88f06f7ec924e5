import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedToken } from '../../issuer.ts';
import { encrypted, epochSeconds, validClaims } from '../../logout-token.ts';
import { unicodeText } from '../../receiver/logout/token-arbitraries.ts';
import { sampleOf } from '../../sample.ts';
import { ALL_CASES } from './all-cases.ts';
import { CERTIFICATION_MODULES, hostileSid } from './certification-modules.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { deliver, expectedAnswer, FORM, formPost, judge, postOf, shown } from './judged-case.ts';
import { OP_LOGOUT_TOKENS, OP_SIDS, type OpLogoutToken } from './op-logout-tokens.ts';

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

async function made({ header, claims, ...shape }: OpLogoutToken, login: { sub: string; sid: string }): Promise<string> {
  const { op, secrets, encryptionKeys } = deployment;
  const client = shape.client ?? 'shop';
  // What an OP leaves out stays out: iss, iat, jti and events are common to all.
  const { exp: _exp, ...common } = validClaims(op.issuer, client);
  const all = { ...common, ...claims({ ...login, client, now: epochSeconds() }) };
  const token = shape.isSignedWithClientSecret
    ? await signedToken(all, { ...header, alg: String(header.alg) }, new TextEncoder().encode(secrets.symmetric))
    : await op.sign(all, header);
  const key = shape.encryption && encryptionKeys.sealed[shape.encryption.alg];
  return shape.encryption && key
    ? await encrypted(token, key, { ...shape.encryption, kid: shape.encryption.alg, cty: 'JWT' })
    : token;
}

describe('a logout token as it comes from', () => {
  it.each(sampleOf(OP_LOGOUT_TOKENS, 3).map((shape) => [shape.op, shape.ends, shape] as const))(
    '%s ends the %s, and nothing else',
    async (_op, ends, shape) => {
      const { client: clientId = 'shop' } = shape;
      const [sub, sid] = [randomUUID(), randomUUID()];
      const { signIn, isAlive } = deployment;
      const sessions = await Promise.all([
        signIn({ clientId, sub, sid }),
        signIn({ clientId, sub, sid }),
        signIn({ clientId, sub, sid: randomUUID() }),
        signIn({ clientId, sub }),
        signIn({ clientId, sub: randomUUID(), sid: randomUUID() }),
        signIn({ clientId: 'forum', sub, sid }),
        signIn({ clientId, issuer: deployment.twin, sub, sid }),
      ]);
      const answer = await deliver(deployment, postOf(await made(shape, { sub, sid })));
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: '' });
      const otherDevices = ends === 'session';
      expect(await Promise.all(sessions.map(isAlive))).toEqual([
        false,
        false,
        otherDevices,
        otherDevices,
        true,
        true,
        true,
      ]);
    },
  );
});

describe('a sid', () => {
  it.each(sampleOf(OP_SIDS, 3))('of %s is found to the letter', async (_op, sid) => {
    const { op, signIn, isAlive } = deployment;
    const ended = await signIn({ sid, sub: randomUUID() });
    const neighbours = [sid.trim(), sid.toLowerCase(), sid.toUpperCase(), `${sid} `, sid.normalize('NFD')];
    const others = await Promise.all(
      neighbours.filter((other) => other !== sid).map((other) => signIn({ sid: other, sub: randomUUID() })),
    );
    const answer = await deliver(deployment, postOf(await op.sign(validClaims(op.issuer, 'shop', { sid }))));
    expect(answer.status).toBe(200);
    expect(await isAlive(ended)).toBe(false);
    expect((await Promise.all(others.map(isAlive))).every(Boolean)).toBe(true);
  });
});

describe('the certification suite', () => {
  it.each(CERTIFICATION_MODULES)('%s: %i', async (_name, status, send) => {
    const { op, receiver, signIn, isAlive } = deployment;
    const [sub, sid] = ['user-subject-1234531', hostileSid()];
    const id = await signIn({ clientId: 'certified', sub, sid, idTokenIssuedAt: epochSeconds() });
    const claims = { sub, sid, ignored_claim: 'this claim is not known and has to be ignored' };
    const response = await fetch(receiver.endpoint, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', accept: '*/*' },
      body: new URLSearchParams({
        logout_token: await send(op, validClaims(op.issuer, 'certified', claims)),
        ignored_parameter: 'this parameter is not known and has to be ignored',
      }).toString(),
    });
    expect(response.status).toBe(status);
    expect(
      response.headers
        .get('cache-control')
        ?.split(',')
        .map((item) => item.trim()),
    ).toContain('no-store');
    expect(await isAlive(id)).toBe(status !== 200);
  });
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
