import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { discover, endSessionEndpointIn } from '../../../relying-party/logout-url/discovery.ts';
import { EndSessionEndpoint } from '../../../relying-party/logout-url/end-session-endpoint.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { tellTimeouts } from '../../receiver/jwks/told-timeouts.ts';
import { standingClock } from '../../standing-clock.ts';

const DISCOVERY = '/.well-known/openid-configuration';

let op: TestIssuer;
let endpoint: EndSessionEndpoint;

beforeEach(async () => {
  op = await startIssuer();
  op.discovery = { end_session_endpoint: `${op.issuer}/sign-out` };
  endpoint = new EndSessionEndpoint(op.issuer);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await op.stop();
});

standingClock();

const fetches = () => op.requests.get(DISCOVERY) ?? 0;
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const fail = (response: ServerResponse) => response.writeHead(503).end();

describe('the end-session endpoint', () => {
  it('is what the discovery document says', async () => {
    expect(await endpoint.locate()).toBe(`${op.issuer}/sign-out`);
  });

  it.each([
    ['without Cache-Control', undefined, 600],
    ['with a shorter max-age than ten minutes', 'max-age=5', 600],
    ['with a max-age within the bounds', 'public, max-age=7200', 7200],
    ['with a longer max-age than a day', 'max-age=31536000', 86_400],
    ['that must not be stored', 'no-store, max-age=7200', 600],
  ])('is kept from a document %s as long as the bounds allow', async (_case, cacheControl, seconds) => {
    op.headers = cacheControl === undefined ? {} : { 'cache-control': cacheControl };
    await endpoint.locate();
    pass(seconds - 1);
    await endpoint.locate();
    expect(fetches()).toBe(1);
    pass(1);
    await endpoint.locate();
    expect(fetches()).toBe(2);
  });

  it('is asked for again where the clock was set back', async () => {
    await endpoint.locate();
    pass(-1);
    await endpoint.locate();
    expect(fetches()).toBe(2);
  });

  it('is asked for once by many users at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => endpoint.locate()));
    expect(fetches()).toBe(1);
  });

  it('is used for a day while the issuer cannot be asked, and no longer', async () => {
    await endpoint.locate();
    op.answerDiscovery = fail;
    pass(86_399);
    expect(await endpoint.locate()).toBe(`${op.issuer}/sign-out`);
    expect(fetches()).toBe(2);
    pass(1);
    await expect(endpoint.locate()).rejects.toMatchObject({ code: 'discovery_unavailable' });
  });

  it('is asked for at most every ten seconds while the issuer fails', async () => {
    op.answerDiscovery = fail;
    await expect(endpoint.locate()).rejects.toThrow();
    pass(9);
    await expect(endpoint.locate()).rejects.toMatchObject({ code: 'discovery_unavailable' });
    expect(fetches()).toBe(1);
    op.answerDiscovery = undefined;
    pass(1);
    expect(await endpoint.locate()).toBe(`${op.issuer}/sign-out`);
    expect(fetches()).toBe(2);
  });

  it('that was taken out of the document is not used any more', async () => {
    await endpoint.locate();
    op.discovery = {};
    pass(600);
    await expect(endpoint.locate()).rejects.toMatchObject({ code: 'end_session_endpoint_missing' });
  });
});

describe('a discovery document', () => {
  it('of an issuer with a terminating slash is fetched without it', async () => {
    const issuer = `${op.issuer}/`;
    op.discovery = { ...op.discovery, issuer };
    expect((await discover(issuer)).endSessionEndpoint).toBe(`${op.issuer}/sign-out`);
  });

  it.each<[string, Record<string, unknown> | ((issuer: string) => Record<string, unknown>)]>([
    ['that is about another issuer', { issuer: 'https://op.example.com' }],
    ['whose issuer has one more slash', (issuer) => ({ issuer: `${issuer}/` })],
    ['without issuer', { issuer: undefined }],
    ['whose endpoint is http off loopback', { end_session_endpoint: 'http://op.example.com/logout' }],
    ['whose endpoint runs a script', { end_session_endpoint: 'javascript:alert(1)' }],
    ['whose endpoint has a fragment', { end_session_endpoint: 'https://op.example.com/logout#top' }],
    ['whose endpoint has a password', { end_session_endpoint: 'https://a:b@op.example.com/logout' }],
    ['whose endpoint is no text', { end_session_endpoint: 5 }],
  ])('%s is refused', async (_case, members) => {
    op.discovery = { ...op.discovery, ...(typeof members === 'function' ? members(op.issuer) : members) };
    await expect(endpoint.locate()).rejects.toMatchObject({ code: 'discovery_invalid' });
  });

  it('of an https issuer sends nobody to loopback by http', () => {
    const issuer = 'https://op.example.com';
    const document = { issuer, end_session_endpoint: 'http://127.0.0.1/logout' };
    expect(() => endSessionEndpointIn(JSON.stringify(document), issuer)).toThrow(/not https/);
  });

  it.each([
    ['not at all', {}],
    ['as null', { end_session_endpoint: null }],
  ])('that names the endpoint %s says what to do', async (_case, discovery) => {
    op.discovery = discovery;
    await expect(endpoint.locate()).rejects.toMatchObject({
      code: 'end_session_endpoint_missing',
      message: expect.stringContaining('endSessionEndpoint'),
    });
  });

  it.each<[string, string, string, (response: ServerResponse) => void]>([
    ['is not found', 'unavailable', '404', (response) => response.writeHead(404).end()],
    [
      'is elsewhere',
      'unavailable',
      '302',
      (response) => response.writeHead(302, { location: `${op.issuer}/other` }).end(),
    ],
    ['is too large', 'unavailable', 'more than', (response) => response.end(' '.repeat(256 * 1024 + 1))],
    ['breaks off', 'unavailable', '', (response) => response.writeHead(200, { 'content-length': 9 }).destroy()],
    ['is a page', 'invalid', '', (response) => response.end('<html>')],
    ['is a list', 'invalid', '', (response) => response.end('[]')],
  ])('that %s is refused', async (_case, code, cause, answer) => {
    op.answerDiscovery = (response) => void answer(response);
    const error = await endpoint.locate().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: `discovery_${code}` });
    expect(String(Object(error).cause)).toContain(cause);
    expect(op.requests.get('/other')).toBeUndefined();
  });

  it('of an issuer that nobody serves is unavailable', async () => {
    await op.stop();
    await expect(endpoint.locate()).rejects.toMatchObject({ code: 'discovery_unavailable' });
    op = await startIssuer();
  });

  it.each([
    ['does not answer', (_response: ServerResponse) => undefined],
    ['does not come to an end', (response: ServerResponse) => response.write('{')],
  ])('that %s is waited for five seconds', async (_case, answer) => {
    const timeouts = tellTimeouts();
    op.answerDiscovery = (response) => {
      answer(response);
      setImmediate(() => timeouts.pass(5000));
    };
    await expect(endpoint.locate()).rejects.toMatchObject({
      code: 'discovery_unavailable',
      cause: expect.objectContaining({ name: 'TimeoutError' }),
    });
  });
});
