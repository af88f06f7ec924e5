import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lambdaNode } from '../../../local/functions/lambda-node.ts';
import { listeningPort } from '../../../local/loopback/listening-port.ts';
import { fetchJson } from '../../../receiver/jwks/fetch-json.ts';
import type { TestIssuer } from '../../issuer.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { until, useFleet } from './fleet.ts';
import { selfSigned } from './self-signed.ts';

const fleet = useFleet();

describe('keys are not taken', () => {
  /** What would be taken, were it not for how it comes. */
  const good = (members: object = {}) => JSON.stringify({ keys: fleet.op.published, ...members });
  const answers: [string, NonNullable<TestIssuer['answerJwks']>][] = [
    ['from a redirect', (response) => response.writeHead(302, { location: '/elsewhere' }).end(good())],
    ['from another status', (response) => response.writeHead(201).end(good())],
    ['from an error', (response) => response.writeHead(500).end(good())],
    ['from 304, where nothing was known', (response) => response.writeHead(304).end()],
    ['from more than 256 KiB', (response) => response.end(good({ padding: 'x'.repeat(262_144) }))],
    ['from HTML', (response) => response.end('<html>')],
    ['from JSON that is no JWKS', (response) => response.end('{"keys":{}}')],
    ['from an empty list', (response) => response.end('{"keys":[]}')],
    ['from a list without any usable key', (response) => response.end('{"keys":[{"kty":"oct","k":"AAAA"}]}')],
    ['from an answer that breaks off', (response) => response.writeHead(200).write('{"k', () => response.destroy())],
    ['from a connection that is closed', (response) => response.destroy()],
  ];
  it.each(answers)('%s', async (_case, answer) => {
    fleet.op.answerJwks = answer;
    await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    await expect.poll(fleet.fetches).toBe(1);
    expect(fleet.events.map(({ type }) => type)).toEqual(['fetch_failed']);
  });

  it.each([
    ['that never comes', () => undefined],
    ['that never ends', (response: { write(text: string): unknown }) => response.write('{"keys":[')],
  ])('from an answer %s, and no request waits for it longer than three seconds', async (_case, answer) => {
    fleet.op.answerJwks = answer;
    const outcome = expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    await until(() => fleet.fetches() > 0);
    fleet.passMilliseconds(3000);
    await outcome;
  });
});

it.each(['application/json', 'application/jwk-set+json; charset=utf-8', 'text/plain', 'application/octet-stream', ''])(
  'keys are taken whatever content type they come under: %s',
  async (contentType) => {
    const body = JSON.stringify({ keys: fleet.op.published });
    fleet.op.answerJwks = (response) => response.writeHead(200, { 'content-type': contentType }).end(body);
    expect(await fleet.newInstance().find('es256')).toHaveLength(1);
    expect(fleet.op.requestHeaders).toMatchObject({
      accept: expect.stringContaining('application/json'),
      'accept-encoding': 'identity',
      'cache-control': 'no-cache',
      'user-agent': 'logout-receiver',
    });
  },
);

const options = (allowPrivateAddresses: boolean) => ({
  allowPrivateAddresses,
  connectMilliseconds: 1000,
  signal: AbortSignal.timeout(5000),
});

describe('a document', () => {
  const fetched = async (answer: NonNullable<TestIssuer['answerJwks']>, etag?: string) => {
    fleet.op.answerJwks = answer;
    return await fetchJson(`${fleet.op.issuer}/jwks`, { ...options(false), etag });
  };

  it('is taken of 256 KiB, and of no byte more', async () => {
    const bodyOf = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    const { json } = await fetched((response) => response.end(bodyOf(262_144)));
    expect(json).toHaveLength(262_142);
    await expect(fetched((response) => response.end(bodyOf(262_145)))).rejects.toThrow(/more than 262144 bytes/);
  });

  it.each<[string, number, string | undefined, string | undefined, object]>([
    ['has not changed', 304, undefined, 'known', { json: undefined, isModified: false, etag: 'known' }],
    ['has not changed, under another ETag', 304, 'new', 'known', { json: undefined, isModified: false, etag: 'new' }],
    ['has changed, and has no ETag any more', 200, undefined, 'known', { json: 1, isModified: true, etag: undefined }],
    ['has an ETag', 200, 'new', undefined, { json: 1, isModified: true, etag: 'new' }],
  ])('that %s tells so', async (_case, status, etag, known, expected) => {
    const answer = await fetched(
      (response) =>
        response.writeHead(status, etag === undefined ? {} : { etag }).end(status === 200 ? '1' : undefined),
      known,
    );
    expect(answer).toEqual({
      ...expected,
      freshSeconds: 600,
      ageSeconds: 0,
      headers: expect.objectContaining({ date: expect.any(String) }),
    });
    expect(fleet.op.requestHeaders?.['if-none-match']).toBe(known);
  });
});

describe('an address that is not of the public Internet', () => {
  /** An https server on loopback, and the connections that it has seen. */
  async function startServer() {
    const connections: Duplex[] = [];
    const server = createHttpsServer(selfSigned, (_request, response) => response.end('{}'));
    server.on('connection', (socket) => connections.push(socket));
    onTestFinished(() => stopServer(server));
    await listen(server);
    return { port: listeningPort(server), connections };
  }

  it.each(['127.0.0.1', 'localhost'])('is not connected to: %s', async (host) => {
    const { port, connections } = await startServer();
    await expect(fetchJson(`https://${host}:${port}/`, options(false))).rejects.toThrow(/not allowed/);
    expect(connections).toEqual([]);
  });

  it.each(['10.0.0.1', '169.254.169.254', '[::1]', '[::ffff:10.0.0.1]', '[fd00:ec2::254]', '2130706433', '0x7f.1'])(
    'is refused in whatever form it is written: %s',
    async (host) => {
      await expect(fetchJson(`https://${host}/`, options(false))).rejects.toThrow(/not allowed/);
    },
  );

  it('is connected to where that is configured; but not where its certificate is nobody’s', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { port, connections } = await startServer();
    await expect(fetchJson(`https://127.0.0.1:${port}/`, options(true))).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(connections).toHaveLength(1);
  });

  it('is loopback, where http leads elsewhere under whatever name', async () => {
    await expect(fetchJson('http://10.0.0.1/', options(true))).rejects.toThrow(/not allowed/);
  });
});

it('a server that takes connections and never speaks TLS is given up when the time for that is spent', async () => {
  const server = createServer(() => undefined);
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
  });
  await until(() => server.listening);
  const hurried = { ...options(true), connectMilliseconds: 50 };
  const outcome = expect(fetchJson(`https://127.0.0.1:${listeningPort(server)}/`, hurried)).rejects.toThrow(
    /cannot be connected to in 50 ms/,
  );
  await until(() => sockets.length > 0);
  fleet.passMilliseconds(50);
  await outcome;
});

it('a connection that is refused is an issuer that is down', async () => {
  const location = { ...fleet.op.location, issuer: 'http://127.0.0.1:1' };
  await expect(fleet.newInstance().find('x', { location })).rejects.toMatchObject({ code: 'jwks_unavailable' });
});

it('no proxy that the environment names is asked: it would see, and could choose, where we connect to', async () => {
  const proxied: string[] = [];
  const proxy = createHttpServer((request, response) => {
    proxied.push(request.url ?? '');
    response.end('{}');
  });
  onTestFinished(() => stopServer(proxy));
  const proxyUrl = await listen(proxy);
  const url = `${fleet.op.issuer}/jwks`;
  const script = `
    const { fetchJson } = await import('./receiver/jwks/fetch-json.ts');
    const options = { allowPrivateAddresses: false, connectMilliseconds: 1000, signal: AbortSignal.timeout(5000) };
    console.log((await fetchJson('${url}', options)).json.keys.length);`;
  // The deployed version of Node.js knows the variable.
  const node = lambdaNode('nodejs24.x', () => undefined);
  const { stdout } = await promisify(execFile)(node, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    env: { ...process.env, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxyUrl, http_proxy: proxyUrl, NO_PROXY: '' },
  });
  expect(stdout).toBe('1\n');
  expect(proxied).toEqual([]);
});
