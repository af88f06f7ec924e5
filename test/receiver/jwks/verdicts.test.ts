import { type CryptoKey, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { KeySource } from '../../../receiver/jwks/key-source.ts';
import { refreshAhead } from '../../../receiver/jwks/refresh-ahead.ts';
import { LogoutFailure, Rejection } from '../../../receiver/logout/rejection.ts';
import { verifySignature } from '../../../receiver/logout/token-signature.ts';
import { parseRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../../../receiver/relying-parties/relying-party.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { signedToken } from '../../issuer.ts';
import { startCachingServer } from './caching-server.ts';
import { now, passSeconds, useFleet } from './fleet.ts';

const fleet = useFleet();
const secrets = new SecretSource(async () => '');
let attacker: CryptoKey;

beforeAll(async () => {
  attacker = (await generateKeyPair('ES256')).privateKey;
});

interface Received {
  readonly token: string;
  readonly kid: string | undefined;
  readonly receivedAt: number;
}

function relyingParty(jwksUri = `${fleet.op.issuer}/jwks`): RelyingParty {
  const { relyingParties } = parseRelyingParties(
    JSON.stringify({ relyingParties: [{ issuer: fleet.op.issuer, clientId: 'shop', jwksUri }] }),
    'test',
  );
  const [party] = relyingParties;
  if (!party) {
    throw new Error('there is no relying party');
  }
  return party;
}

/** A function instance of its own, and what it says of tokens. */
function newJudge(isPatient = false, jwksUri?: string) {
  const keys = new KeySource(fleet.table, { onEvent: (event) => fleet.events.push(event), isPatient });
  const party = relyingParty(jwksUri);
  return async ({ token, kid, receivedAt }: Received): Promise<string> => {
    try {
      await verifySignature(token, { alg: 'ES256', kid }, party, receivedAt, { keys, secrets });
      return 'verified';
    } catch (error) {
      if (error instanceof LogoutFailure) {
        const isKept = !('isWorthKeeping' in error) || error.isWorthKeeping === true;
        return `${isKept ? 'kept' : 'not kept'}: ${error.reason}`;
      }
      if (error instanceof Rejection) {
        return `refused: ${error.reason}`;
      }
      throw error;
    }
  };
}

const received = (token: string, kid: string | undefined): Received => ({ token, kid, receivedAt: now() });
const genuine = async (kid: string | undefined = 'es256') =>
  received(await fleet.op.sign({ sub: 'alice' }, { alg: 'ES256', kid }), kid);
const forged = async (kid: string | undefined = 'es256') =>
  received(await signedToken({ sub: 'alice' }, { alg: 'ES256', kid }, attacker), kid);

/** Puts a new key pair in the place of all. */
async function rotate(kid: string): Promise<void> {
  fleet.op.published = [];
  await fleet.op.addKey('ES256', kid);
}

const refresh = () => refreshAhead(fleet.table, relyingParty(), 420, (event) => fleet.events.push(event));
const countOf = (outcomes: readonly string[], pattern: RegExp) => outcomes.filter((text) => pattern.test(text)).length;

describe('an HTTP cache before the issuer', () => {
  /** One that has the issuer's keys already. */
  async function startCache(seconds: number, heedsNoCache: boolean): Promise<string> {
    const cache = await startCachingServer(fleet.op.issuer, seconds, heedsNoCache);
    onTestFinished(() => cache.stop());
    const jwksUri = `${cache.url}/jwks`;
    await (await fetch(jwksUri)).text();
    return jwksUri;
  }

  it('that heeds nothing costs no true logout: what is older than the token settles nothing', async () => {
    const jwksUri = await startCache(60, false);
    passSeconds(24);
    const judge = newJudge(false, jwksUri);
    expect(await judge(await genuine())).toBe('verified');
    await rotate('rotated');
    passSeconds(1);
    const [retry, kept, outcomes]: [typeof judge, Received[], string[]] = [newJudge(true, jwksUri), [], []];
    for (let second = 0; second < 40; second++) {
      const logout = await genuine('rotated');
      const outcome = await judge(logout);
      outcomes.push(outcome);
      if (outcome !== 'verified') {
        kept.push(logout);
      }
      passSeconds(1);
    }
    expect(countOf(outcomes, /refused/)).toBe(0);
    passSeconds(30);
    expect(await Promise.all(kept.map(retry))).toEqual(kept.map(() => 'verified'));
  });

  it('that heeds no-cache is gone past when a kid is not known', async () => {
    const judge = newJudge(false, await startCache(60, true));
    passSeconds(20);
    expect(await judge(await genuine())).toBe('verified');
    await rotate('rotated');
    passSeconds(26);
    expect(await judge(await genuine('rotated'))).toBe('verified');
  });

  it('does not make a forged token refused, nor a key missing, for good by what it kept from before', async () => {
    const jwksUri = await startCache(3600, false);
    passSeconds(50);
    const judge = newJudge(false, jwksUri);
    expect(await judge(await genuine())).toBe('verified');
    passSeconds(60);
    expect(await judge(await forged())).toBe('kept: key_unsettled');
    passSeconds(60);
    expect(await judge(await forged('made-up'))).toBe('kept: key_unsettled');
  });
});

describe('a key that the issuer replaces', () => {
  it.each(['es256', undefined])('under the same kid (%s) is asked for before a token is refused', async (kid) => {
    const judge = newJudge();
    expect(await judge(await genuine(kid))).toBe('verified');
    passSeconds(60);
    await rotate('es256');
    expect(await judge(await genuine(kid))).toBe('verified');
    expect(await judge(await genuine(kid))).toBe('verified');
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('while it is too soon to ask for it, has its logouts kept, and they are verified when they are tried again', async () => {
    const judge = newJudge();
    expect(await judge(await genuine())).toBe('verified');
    passSeconds(1);
    await rotate('es256');
    const logout = await genuine();
    expect(await judge(logout)).toBe('kept: key_unsettled');
    passSeconds(30);
    expect(await newJudge(true)(logout)).toBe('verified');
  });
});

describe('forged tokens', () => {
  it('are refused by what the issuer publishes after they came', async () => {
    const judge = newJudge();
    await judge(await genuine());
    passSeconds(60);
    expect(await judge(await forged())).toBe('refused: signature_invalid');
    expect(await judge(await genuine())).toBe('verified');
    await expect.poll(fleet.fetches).toBe(2);
  });

  it('sixty in a burst cost the issuer two fetches, and keep no true logout from being verified', async () => {
    const judges = Array.from({ length: 6 }, () => newJudge());
    await Promise.all(judges.map(async (judge) => judge(await genuine())));
    passSeconds(60);
    const before = fleet.fetches();
    for (let tenth = 0; tenth < 10; tenth++) {
      const outcomes = await Promise.all(judges.map(async (judge) => judge(await forged())));
      expect(countOf(outcomes, /^(refused: signature_invalid|kept: key_unsettled)$/)).toBe(6);
      expect(await Promise.all(judges.map(async (judge) => judge(await genuine())))).toEqual(Array(6).fill('verified'));
      passSeconds(3);
    }
    expect(fleet.fetches() - before).toBeLessThanOrEqual(2);
  });
});

describe('whoever names a kid', () => {
  /** Of forged tokens; forty in the whole proof. */
  const PER_SECOND = process.env.WHOLE_PROOFS === 'true' ? 40 : 4;
  const ROTATION = PER_SECOND * 1.25;

  /** Forged tokens come all the time; the issuer rotates its key; then a true logout comes each second. */
  async function floodOf(kid: (time: number) => string) {
    const judge = newJudge();
    await judge(await genuine());
    passSeconds(60);
    const token = await forged('any');
    const kept: Received[] = [];
    const outcomes: string[] = [];
    for (let time = 0; time < PER_SECOND * 30; time++) {
      const madeUp = await judge({ ...token, kid: kid(time), receivedAt: now() });
      expect(madeUp).toMatch(/^kept/);
      passSeconds(1 / PER_SECOND);
      if (time === ROTATION) {
        await rotate('next');
      }
      if (time > ROTATION && time % PER_SECOND === 0) {
        const logout = await genuine('next');
        outcomes.push(await judge(logout));
        kept.push(logout);
      }
    }
    passSeconds(30);
    const retry = newJudge(true);
    return { outcomes, atLast: await Promise.all(kept.map(retry)) };
  }

  it.each([
    ['the next one, before it is published', () => 'next'],
    ['a new one each time', (time: number) => `made-up ${time}`],
  ])('decides nothing for the logouts of others: %s', async (_kind, kid) => {
    // What is forged under the next kid, once it is published, is not what this is about.
    const { outcomes, atLast } = await floodOf((time) =>
      kid(time) === 'next' && time > ROTATION ? 'next but one' : kid(time),
    );
    expect(countOf(outcomes, /refused|not kept/)).toBe(0);
    expect(atLast).toEqual(atLast.map(() => 'verified'));
  });

  it.each([
    ['that nobody publishes', 'made-up', {}],
    ['that is published for encryption', 'es256', { use: 'enc' }],
    ['that is published for another algorithm', 'es256', { alg: 'ES384' }],
  ])('%s has a logout that is kept, not refused: it may be published yet', async (_case, kid, members) => {
    fleet.op.published = fleet.op.published.map((key) => ({ ...key, ...members }));
    const judge = newJudge();
    await judge(await genuine('es256'));
    passSeconds(60);
    const logout = await forged(kid);
    expect(await judge(logout)).toBe('kept: key_not_found');
    passSeconds(1);
    expect(await judge(await forged(kid))).toBe('kept: key_unsettled');
    passSeconds(30);
    expect(await newJudge(true)(logout)).toBe('kept: key_not_found');
  });
});

describe('a scheduled refresh that fails', () => {
  it('keeps no request from asking the issuer', async () => {
    fleet.op.answerJwks = (response) => response.writeHead(404).end();
    for (let run = 0; run < 4; run++) {
      await refresh();
      passSeconds(300);
    }
    await refresh();
    fleet.op.answerJwks = undefined;
    expect(await newJudge()(await genuine())).toBe('verified');
  });
});

it('an issuer sees one fetch by requests and one by the background in 25 seconds, however hostile the traffic', async () => {
  const [first, second] = [newJudge(), newJudge()];
  const [retry, otherRetry] = [newJudge(true), newJudge(true)];
  const times: number[] = [];
  for (let time = 0; time < 20; time++) {
    const before = fleet.fetches();
    const logouts = [await genuine(), await forged(), await forged(undefined), await forged(`made-up ${time}`)];
    await Promise.all(logouts.flatMap((logout) => [first, second].map((judge) => judge(logout))));
    await Promise.all([refresh(), ...logouts.flatMap((logout) => [retry, otherRetry].map((judge) => judge(logout)))]);
    times.push(...Array<number>(fleet.fetches() - before).fill(now()));
    passSeconds(4);
  }
  // Both are made use of all the time.
  expect(times.length).toBeGreaterThanOrEqual(6);
  for (const time of times) {
    expect(times.filter((other) => other >= time && other < time + 25).length).toBeLessThanOrEqual(2);
  }
});
