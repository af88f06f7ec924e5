import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { handler as Handler } from '../../../functions/relying-parties-validator/handler.ts';

let handler: typeof Handler;
let written: string;

beforeAll(async () => {
  const environment = { SAMPLE_RELYING_PARTIES: 'false', FRONTCHANNEL_LOGOUT: 'false', SECRET_IDS: '["clients/shop"]' };
  for (const [name, value] of Object.entries(environment)) {
    vi.stubEnv(name, value);
  }
  ({ handler } = await import('../../../functions/relying-parties-validator/handler.ts'));
});

beforeEach(() => {
  written = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
  }
});

const PARTY = { issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] };

/** What AppConfig hands to it. */
const eventWith = (content: string | Uint8Array) => ({
  applicationId: 'application',
  configurationProfileId: 'profile',
  configurationVersion: '2',
  content: Buffer.from(content).toString('base64'),
  uri: 'hosted',
});
const eventOf = (...relyingParties: object[]) => eventWith(JSON.stringify({ relyingParties }));
const secret = (secretId: string) => ({ algorithms: ['HS256'], clientSecret: { secretId } });

describe('the validator of relying parties', () => {
  it('lets through what the functions can serve, also behind a byte order mark', async () => {
    await handler(eventOf(PARTY, { ...PARTY, clientId: 'mail', ...secret('clients/shop') }));
    await handler(eventWith(`\ufeff${JSON.stringify({ relyingParties: [PARTY] })}`));
    expect(written).toBe('');
  });

  it.each<[string, object, string]>([
    [
      'what is not JSON, with the place',
      eventWith('{"relyingParties":[{"clientSecret":"swordfish",}]}'),
      'the configuration: not JSON: line 1, column 47: a comma before a closing bracket: JSON has no trailing commas',
    ],
    ['nothing', eventWith(''), 'the configuration: not JSON: line 1, column 1: the file is empty'],
    [
      'what breaks a rule, with the field',
      eventOf({ ...PARTY, clientId: undefined }),
      'the configuration: relyingParties[0].clientId: found nothing, allowed: a string of 1 to 1024 characters',
    ],
    [
      'a secret that stands there itself, and does not show it',
      eventOf({ ...PARTY, clientSecret: 'swordfish' }),
      'the configuration: relyingParties[0].clientSecret: found a value that is not shown (string), allowed: an object with secretId',
    ],
    [
      'an example',
      eventOf({ ...PARTY, issuer: 'https://op.example.com' }),
      'the configuration: https://op.example.com is an example and no OP',
    ],
    [
      'secrets that the functions may not read',
      eventOf({ ...PARTY, ...secret('clients/mail') }),
      'the configuration: names secrets that the functions may not read: clients/mail, allowed: clients/shop',
    ],
  ])('refuses %s', async (_what, event, message) => {
    const error = await handler(event).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'RelyingPartiesError', message: expect.stringContaining(message) });
    expect(String(error) + written).not.toContain('swordfish');
  });

  it('refuses an event of another kind', async () => {
    await expect(handler({ Records: [] })).rejects.toThrow();
  });

  it.each([
    [
      'a relying party that takes every signature algorithm',
      { algorithms: undefined },
      'takes every signature algorithm',
    ],
    [
      'front-channel logout that is not turned on',
      { frontchannelLogout: true },
      'front-channel logout is not turned on',
    ],
  ])('lets through %s, and warns of it', async (_what, change, warning) => {
    await handler(eventOf({ ...PARTY, ...change }));
    expect(written).toMatch(/"level":"WARN","message":"relying_parties_doubtful"/);
    expect(written).toContain(warning);
  });
});
