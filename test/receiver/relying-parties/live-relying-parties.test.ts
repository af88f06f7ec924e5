import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppConfigSession } from '../../../receiver/relying-parties/appconfig-session.ts';
import {
  LiveRelyingParties,
  type RelyingPartiesEvent,
} from '../../../receiver/relying-parties/live-relying-parties.ts';
import { RelyingPartiesUnavailable } from '../../../receiver/relying-parties/relying-parties-source.ts';
import { type AppConfigData, startAppConfigData } from '../../appconfig-data.ts';
import { standingClock } from '../../standing-clock.ts';
import { type ToldTimeouts, tellTimeouts } from '../jwks/told-timeouts.ts';

const SESSION = '/configurationsessions';
const POLL = '/configuration';
const RECEIVED = 'configuration received';

let appConfig: AppConfigData;
let live: LiveRelyingParties;
let told: RelyingPartiesEvent[] = [];
let timeouts: ToldTimeouts;

beforeAll(async () => {
  appConfig = await startAppConfigData();
  // What the SDK loads with its first call is no part of what is bounded here.
  prepareEnvironment();
  deploy('shop');
  while ((await known(newInstance())).length === 0);
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await appConfig.stop();
});

standingClock();

beforeEach(() => {
  prepareEnvironment();
  appConfig.fate = 'answer';
  appConfig.versionLabel = 'one';
  deploy('shop');
  appConfig.asked.length = 0;
  told = [];
  timeouts = tellTimeouts();
  live = newInstance();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function prepareEnvironment(): void {
  for (const [name, value] of Object.entries(appConfig.environment)) {
    vi.stubEnv(name, value);
  }
}

function newInstance(): LiveRelyingParties {
  const session = new AppConfigSession({ application: 'application', environment: 'environment', profile: 'profile' });
  return new LiveRelyingParties(
    (signal) => session.latest(signal),
    (event) => told.push(event),
  );
}

function deploy(...clientIds: string[]): void {
  const relyingParties = clientIds.map((clientId) => ({ issuer: 'https://op.test', clientId }));
  appConfig.deployed = JSON.stringify({ relyingParties });
}

/** Lets the time of what is bounded pass, once what was begun waits for AppConfig. */
async function pass(milliseconds: number): Promise<void> {
  await setImmediate();
  timeouts.pass(milliseconds);
  await setImmediate();
}

const passSeconds = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const known = async (from = live) => (await from.known()).all().map(({ clientId }) => clientId);
const renewed = async () => (await live.renewed()).all().map(({ clientId }) => clientId);
const events = () => told.map(({ type }) => type);

describe('relying parties in AppConfig', () => {
  it('are read once, and then asked for every 30 seconds, which costs a configuration only where there is a new one', async () => {
    expect(await known()).toEqual(['shop']);
    for (const seconds of [0, 15, 14, 1, 30, 30]) {
      passSeconds(seconds);
      expect(await known()).toEqual(['shop']);
    }
    expect(appConfig.asked).toEqual([SESSION, POLL, RECEIVED, POLL, POLL, POLL]);
    expect(told).toEqual([{ type: 'changed', relyingParties: 1, versionLabel: 'one' }]);
  });

  it('are live within a minute, those that were added and those that were removed', async () => {
    await known();
    passSeconds(1);
    deploy('forum', 'mail');
    appConfig.versionLabel = 'two';
    passSeconds(28);
    expect(await known()).toEqual(['shop']);
    passSeconds(1);
    expect(await known()).toEqual(['forum', 'mail']);
    expect(told.at(-1)).toEqual({ type: 'changed', relyingParties: 2, versionLabel: 'two' });
  });

  it('are asked for anew for whom they do not have, at most every 15 seconds', async () => {
    await known();
    deploy('shop', 'forum');
    // What was read less than 15 seconds ago counts as the newest.
    passSeconds(14);
    expect(await renewed()).toEqual(['shop']);
    passSeconds(1);
    expect(await renewed()).toEqual(['shop', 'forum']);
    expect(await Promise.all([renewed(), renewed(), known()])).toEqual([1, 2, 3].map(() => ['shop', 'forum']));
    expect(appConfig.asked).toEqual([SESSION, POLL, RECEIVED, POLL, RECEIVED]);
  });

  it('are the same object where nothing has changed', async () => {
    const before = await live.known();
    passSeconds(20);
    expect(await live.renewed()).toBe(before);
    passSeconds(60);
    expect(await live.known()).toBe(before);
  });

  it('are asked for once by all who ask at the same time', async () => {
    expect(await Promise.all(Array.from({ length: 20 }, () => known()))).toEqual(
      Array.from({ length: 20 }, () => ['shop']),
    );
    passSeconds(30);
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? known() : renewed())));
    expect(appConfig.asked).toEqual([SESSION, POLL, RECEIVED, POLL]);
  });

  it('are read in a new session when the token is too old', async () => {
    await known();
    appConfig.expire();
    deploy('forum');
    passSeconds(90_000);
    expect(await known()).toEqual(['forum']);
    expect(events()).toEqual(['changed', 'changed']);
  });
});

describe('a broken configuration', () => {
  it.each([
    ['that is not JSON', 'swordfish', 'the configuration: not JSON'],
    [
      'that breaks a rule',
      '{"relyingParties":[{"issuer":"https://op.test"}]}',
      'the configuration: relyingParties[0].clientId: found nothing, allowed: a string of 1 to 1024 characters',
    ],
  ])(
    '%s is refused with its fault, the one before stays, and each look tells of it',
    async (_what, broken, message) => {
      await known();
      appConfig.deployed = broken;
      passSeconds(30);
      expect(await known()).toEqual(['shop']);
      passSeconds(30);
      expect(await known()).toEqual(['shop']);
      const error = expect.objectContaining({ name: 'RelyingPartiesError', message });
      expect(told.slice(1)).toEqual([
        { type: 'refused', error, isNew: true },
        { type: 'refused', error, isNew: false },
      ]);
      expect(JSON.stringify(told)).not.toContain('swordfish');
    },
  );

  it('makes nobody’s refusal final, until there is a good one', async () => {
    await known();
    appConfig.deployed = '{}';
    passSeconds(30);
    await expect(renewed()).rejects.toThrow(RelyingPartiesUnavailable);
    await expect(renewed()).rejects.toMatchObject({ cause: { name: 'RelyingPartiesError' } });
    deploy('forum');
    passSeconds(15);
    expect(await renewed()).toEqual(['forum']);
    expect(events()).toEqual(['changed', 'refused', 'changed']);
  });

  it('that is taken back leaves the one before as the newest', async () => {
    await known();
    appConfig.deployed = '{}';
    passSeconds(30);
    await known();
    deploy('shop');
    passSeconds(30);
    expect(await renewed()).toEqual(['shop']);
  });

  it('is all that a new instance finds: it knows nobody, and refuses nobody', async () => {
    appConfig.deployed = '{}';
    expect(await known()).toEqual([]);
    expect(await live.known()).toMatchObject({ maxBodyBytes: 1_048_576, maxTokenBytes: 1_048_576 });
    await expect(renewed()).rejects.toThrow(RelyingPartiesUnavailable);
  });
});

describe('while AppConfig cannot be read', () => {
  it.each(['throttle', 'fail', 'lose the answer'] as const)(
    '(%s) what is known stays, nobody’s refusal is final, and it is asked again after 5 seconds',
    async (fate) => {
      await known();
      appConfig.fate = fate;
      passSeconds(30);
      expect(await known()).toEqual(['shop']);
      await expect(renewed()).rejects.toThrow(RelyingPartiesUnavailable);
      const asked = appConfig.asked.length;
      passSeconds(4);
      expect(await known()).toEqual(['shop']);
      await expect(renewed()).rejects.toThrow(RelyingPartiesUnavailable);
      expect(appConfig.asked.length).toBe(asked);
      expect(events()).toEqual(['changed', 'unreadable']);
      appConfig.fate = 'answer';
      deploy('forum');
      passSeconds(1);
      expect(await renewed()).toEqual(['forum']);
    },
  );

  it('a look that was throttled costs no new session, whose first look is answered with a configuration', async () => {
    await known();
    appConfig.fate = 'throttle';
    passSeconds(30);
    await known();
    appConfig.fate = 'answer';
    passSeconds(5);
    expect(await renewed()).toEqual(['shop']);
    expect(appConfig.asked.filter((path) => path !== POLL)).toEqual([SESSION, RECEIVED]);
  });

  it('a new instance knows nobody and refuses nobody, and a party that was removed does not come back', async () => {
    await known();
    deploy('forum');
    appConfig.fate = 'fail';
    const other = newInstance();
    expect(await known(other)).toEqual([]);
    await expect(other.renewed()).rejects.toThrow(RelyingPartiesUnavailable);
    appConfig.fate = 'answer';
    passSeconds(5);
    expect(await known(other)).toEqual(['forum']);
  });

  it('nothing that is deployed is as good as nothing that can be read', async () => {
    appConfig.deployed = undefined;
    expect(await known()).toEqual([]);
    await expect(renewed()).rejects.toMatchObject({ cause: { name: 'ResourceNotFoundException' } });
  });

  it('a request waits half a second for a look that it can do without, and two for one that it cannot', async () => {
    await known();
    appConfig.fate = 'hang';
    passSeconds(30);
    const [first, second] = [settlement(known()), settlement(renewed())];
    await pass(499);
    expect([first(), second()]).toEqual([undefined, undefined]);
    await pass(1);
    expect([first(), second()]).toEqual(['resolved', undefined]);
    // One look is under way, and whoever comes waits for it too.
    const third = settlement(renewed());
    await pass(1499);
    expect(second()).toBe(undefined);
    await pass(1);
    await expect.poll(() => [second(), third()]).toEqual(['rejected', 'rejected']);
    expect(events()).toEqual(['changed', 'unreadable']);
    // The SDK may have tried twice by then.
    expect(appConfig.asked.filter((path) => path === POLL).length).toBeLessThanOrEqual(3);
  });

  it('the first request of an instance that was idle for long waits two seconds, and no other one does', async () => {
    await known();
    appConfig.fate = 'hang';
    passSeconds(3600);
    const first = settlement(known());
    await pass(1999);
    expect(first()).toBe(undefined);
    await pass(1);
    await expect.poll(() => first()).toBe('resolved');
    passSeconds(5);
    const second = settlement(known());
    await pass(500);
    expect(second()).toBe('resolved');
  });
});

/** Tells what has become of a promise by now. */
function settlement(promise: Promise<unknown>): () => 'resolved' | 'rejected' | undefined {
  let settled: 'resolved' | 'rejected' | undefined;
  promise.then(
    () => {
      settled = 'resolved';
    },
    () => {
      settled = 'rejected';
    },
  );
  return () => settled;
}
