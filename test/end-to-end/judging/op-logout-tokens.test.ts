import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedToken } from '../../issuer.ts';
import { encrypted, epochSeconds, validClaims } from '../../logout-token.ts';
import { sampleOf } from '../../sample.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { deliver, postOf } from './judged-case.ts';
import { OP_LOGOUT_TOKENS, OP_SIDS, type OpLogoutToken } from './op-logout-tokens.ts';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});

afterAll(async () => {
  await deployment.stop();
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
