import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { discover, jwksUriIn } from '../../../receiver/jwks/discovery.ts';
import { fetchTimeOf } from '../../../receiver/jwks/fetch-time.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { passSeconds, until, useFleet } from './fleet.ts';

const fleet = useFleet();
const DISCOVERY = '/.well-known/openid-configuration';

describe('keys are not taken by a discovery document', () => {
  it.each([
    ['that speaks of another issuer', { issuer: 'https://op.example.com' }],
    ['whose jwks_uri is http off loopback', { jwks_uri: 'http://op.example.com/jwks' }],
    ['whose jwks_uri is a file', { jwks_uri: 'file:///etc/passwd' }],
    ['whose jwks_uri is an address of a private network', { jwks_uri: 'https://10.0.0.1/jwks' }],
    ['without jwks_uri', { jwks_uri: undefined }],
  ])('%s', async (_case, discovery) => {
    fleet.op.discovery = discovery;
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    expect(fleet.fetches()).toBe(0);
  });

  it.each([
    [
      'loopback, where in Lambda the runtime itself listens',
      'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next',
    ],
    ['http', 'http://op.example.com/jwks'],
    ['a file', 'file:///etc/passwd'],
  ])('of an https issuer that sends us to %s', (_where, jwks_uri) => {
    const issuer = 'https://op.example.com';
    expect(() => jwksUriIn({ issuer, jwks_uri }, issuer)).toThrow(/not https/);
  });
});

describe('a discovery document', () => {
  const NOW = 1_800_000_000;

  it('that cannot be had is the known one, for as long as keys may be stale, and no longer', async () => {
    const { op } = fleet;
    op.answerDiscovery = (response) => response.writeHead(503).end();
    const discovered = async (secondsAgo: number) => {
      const known = { jwksUri: `${op.issuer}/jwks`, fetchedAt: NOW - secondsAgo, freshUntil: NOW - secondsAgo + 600 };
      return await discover(op.location, known, NOW, fetchTimeOf('request'));
    };
    const { jwksMaxStaleSeconds } = op.location;
    expect(await discovered(jwksMaxStaleSeconds - 1)).toMatchObject({ fetchedAt: NOW - jwksMaxStaleSeconds + 1 });
    await expect(discovered(jwksMaxStaleSeconds)).rejects.toThrow('503');
    await expect(discover(op.location, undefined, NOW, fetchTimeOf('request'))).rejects.toThrow('503');
  });

  it.each([
    ['of this moment is not fetched again', { fetchedAt: NOW, freshUntil: NOW + 1 }, 0],
    ['that has just ceased to be fresh is', { fetchedAt: NOW - 600, freshUntil: NOW }, 1],
    ['that is dated by a clock ahead of ours is', { fetchedAt: NOW + 1, freshUntil: NOW + 600 }, 1],
  ])('%s', async (_case, times, fetches) => {
    const { op } = fleet;
    const known = { jwksUri: `${op.issuer}/jwks`, ...times };
    const found = await discover(op.location, known, NOW, fetchTimeOf('request'));
    expect(found.fetchedAt).toBe(NOW);
    expect(op.requests.get(DISCOVERY) ?? 0).toBe(fetches);
  });

  it('is kept with the keys, for as long as its own answer says', async () => {
    fleet.op.answerDiscovery = (response) =>
      response
        .writeHead(200, { 'cache-control': 'max-age=3600' })
        .end(JSON.stringify({ issuer: fleet.op.issuer, jwks_uri: `${fleet.op.issuer}/jwks` }));
    for (let fetch = 0; fetch < 7; fetch++) {
      await fleet.newInstance().find('es256');
      passSeconds(600);
    }
    expect(Object.fromEntries(fleet.op.requests)).toEqual({ [DISCOVERY]: 2, '/jwks': 7 });
  });

  it('that cannot be had is no reason not to ask for keys where they were', async () => {
    await fleet.newInstance().find('es256');
    fleet.op.answerDiscovery = (response) => response.writeHead(500).end();
    await fleet.op.addKey('ES256', 'rotated');
    passSeconds(3600);
    expect(await fleet.newInstance().find('rotated')).toHaveLength(1);
    fleet.op.answerDiscovery = () => undefined;
    await fleet.op.addKey('ES256', 'rotated again');
    passSeconds(3600);
    const found = fleet.newInstance().find('rotated again');
    await until(() => fleet.op.requests.get(DISCOVERY) === 3);
    fleet.passMilliseconds(1200);
    expect(await found).toHaveLength(1);
  });

  // OpenID Connect Discovery 1.0, section 4.1.
  it.each(['/tenant/a', '/tenant/a/'])('of an issuer whose path is %s is under that path', async (path) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }));
    });
    onTestFinished(() => stopServer(server));
    const issuer = `${await listen(server)}${path}`;
    await discover({ ...fleet.op.location, issuer }, undefined, NOW, fetchTimeOf('request'));
    expect(asked).toEqual([`/tenant/a${DISCOVERY}`]);
  });

  it('leaves time to read an answer after name, connection and TLS have each taken theirs', () => {
    const { milliseconds, connectMilliseconds } = fetchTimeOf('request');
    expect(3 * connectMilliseconds).toBeLessThanOrEqual(milliseconds);
  });
});
