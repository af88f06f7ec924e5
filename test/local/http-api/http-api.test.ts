import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LambdaFunction } from '../../../local/functions/lambda-function.ts';
import { type OnRequest, serveHttpApi } from '../../../local/http-api/http-api.ts';
import type { AnsweredRequest } from '../../../local/log/request-line.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { StartupError } from '../../../local/process/startup-error.ts';
import { bundledFunction, invoker } from '../functions/bundle.ts';
import { send } from '../loopback/http-client.ts';

const FORM = ['Content-Type', 'application/x-www-form-urlencoded'];

/** Serves the function on the route, and gives the port. */
async function serve(
  lambda: LambdaFunction,
  routeKey = 'ANY /path',
  timeoutMilliseconds = 30_000,
  onRequest?: OnRequest,
): Promise<number> {
  const shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
  const api = {
    id: 'abcdef0123',
    domainName: 'abcdef0123.execute-api.us-east-1.amazonaws.com',
    routes: [{ routeKey, functionArn: lambda.arn, timeoutMilliseconds }],
  };
  const served = Promise.resolve({ api, functions: new Map([[lambda.arn, invoker(lambda, shutdown)]]) });
  return serveHttpApi(0, served, shutdown, onRequest);
}

function echo(): LambdaFunction {
  return bundledFunction('export const handler = async (event) => event;');
}

describe('the event of a request', () => {
  it('is as API Gateway makes it', async () => {
    const port = await serve(echo());
    const before = Date.now();
    const { body } = await send(
      port,
      'POST',
      '/path?a=1&b=x%20y&a=2',
      ['User-Agent', 'OP/1.0', 'Cookie', 'c=1; d=2', 'X-Many', 'one', 'Content-Type', 'text/plain', 'x-many', 'two'],
      'hello',
    );
    const event = JSON.parse(body);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'ANY /path',
      rawPath: '/path',
      rawQueryString: 'a=1&b=x%20y&a=2',
      cookies: ['c=1', 'd=2'],
      headers: {
        'content-length': '5',
        'content-type': 'text/plain',
        host: 'example.com',
        'user-agent': 'OP/1.0',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': `${port}`,
        'x-forwarded-proto': 'http',
        'x-many': 'one,two',
      },
      queryStringParameters: { a: '1,2', b: 'x y' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'abcdef0123',
        domainName: 'abcdef0123.execute-api.us-east-1.amazonaws.com',
        domainPrefix: 'abcdef0123',
        http: { method: 'POST', path: '/path', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'OP/1.0' },
        requestId: expect.stringMatching(/^[\w+/]{15}=$/),
        routeKey: 'ANY /path',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: 'hello',
      isBase64Encoded: false,
    });
    const { time, timeEpoch } = event.requestContext;
    expect(timeEpoch).toBeGreaterThanOrEqual(before);
    expect(Date.parse(time.replace(':', ' '))).toBe(Math.floor(timeEpoch / 1000) * 1000);
  });

  it('has no members for what was not sent', async () => {
    const { body } = await send(await serve(echo()), 'GET', '/path');
    expect(Object.keys(JSON.parse(body)).sort()).toEqual([
      ...['headers', 'isBase64Encoded', 'rawPath', 'rawQueryString', 'requestContext', 'routeKey', 'version'],
    ]);
    expect(JSON.parse(body)).toMatchObject({
      isBase64Encoded: false,
      rawQueryString: '',
      requestContext: { http: { userAgent: '' } },
    });
  });

  it.each([
    ['application/x-www-form-urlencoded', 'a=b', 'YT1i', true],
    ['application/octet-stream', Buffer.from([0, 255]), 'AP8=', true],
    ['multipart/form-data; boundary=x', '--x', 'LS14', true],
    [undefined, 'plain', 'cGxhaW4=', true],
    ['text/plain; charset=utf-8', 'ä', 'ä', false],
    ['application/json', '{}', '{}', false],
    ['Application/JSON;charset=utf-8', '{}', '{}', false],
    ['application/xml', '<a/>', '<a/>', false],
    ['application/javascript', '1', '1', false],
    ['application/problem+json', '{}', '{}', false],
  ])('has a body of type %s as text or as base64', async (type, sent, body, isBase64Encoded) => {
    const headers = type === undefined ? [] : ['Content-Type', type];
    const answer = await send(await serve(echo()), 'POST', '/path', headers, sent);
    expect(JSON.parse(answer.body)).toMatchObject({ body, isBase64Encoded });
  });

  it.each([
    ['/a%20b%C3%A4', '/a bä'],
    ['/a%2Fb', '/a/b'],
    ['/a%2525', '/a%2525'],
    ['/a%ff', '/a%ff'],
    ['/a/../b', '/a/../b'],
    ['//example.org/a', '//example.org/a'],
    ['http://example.org/a?b=c', '/a'],
  ])('has the path %s as %s', async (sent, rawPath) => {
    const { body } = await send(await serve(echo(), '$default'), 'GET', sent);
    expect(JSON.parse(body)).toMatchObject({ rawPath, requestContext: { http: { path: rawPath } } });
  });

  it('has the whole of a body that comes in chunks', async () => {
    const chunks = Array.from({ length: 100 }, (_, index) => `${index},`.repeat(1000));
    const { body } = await send(await serve(echo()), 'POST', '/path', ['Content-Type', 'text/plain'], chunks);
    const event = JSON.parse(body);
    expect(event.body).toBe(chunks.join(''));
    expect(event.headers['content-length']).toBe(`${event.body.length}`);
    expect(event.headers['transfer-encoding']).toBeUndefined();
  });
});

describe('the answer', () => {
  const shown = `export const handler = async () => ({
    statusCode: 400, headers: { 'Cache-Control': 'no-store' }, cookies: ['a=1', 'b=2'], body: '{}' });`;

  it('is what the function returned', async () => {
    const { status, headers, body } = await send(await serve(bundledFunction(shown)), 'POST', '/path', FORM, 'a=b');
    expect({ status, body }).toEqual({ status: 400, body: '{}' });
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-length': '2', 'set-cookie': ['a=1', 'b=2'] });
    expect(headers['apigw-requestid']).toMatch(/^[\w+/]{15}=$/);
  });

  it('to HEAD is without the body', async () => {
    const { status, headers, body } = await send(await serve(bundledFunction(shown)), 'HEAD', '/path');
    expect({ status, body, length: headers['content-length'] }).toEqual({ status: 400, body: '', length: '2' });
  });

  const internalError = { status: 500, body: '{"message":"Internal Server Error"}' };

  it.each([
    ['throws', 'throw new Error("broken");', internalError],
    ['ends its process', 'process.exit(1);', internalError],
    ['returns no response', 'return { statusCode: "ok" };', internalError],
    ['runs into its own timeout', 'await new Promise(() => {});', internalError],
  ])('is that of API Gateway when the function %s', async (_what, statement, expected) => {
    const lambda = bundledFunction(`export const handler = async () => { ${statement} };`, { timeoutSeconds: 0.2 });
    expect(await send(await serve(lambda), 'POST', '/path')).toMatchObject(expected);
  });

  it('is that of API Gateway when the function takes longer than API Gateway waits', async () => {
    const lambda = bundledFunction('export const handler = () => new Promise(() => {});');
    expect(await send(await serve(lambda, 'ANY /path', 100), 'POST', '/path')).toMatchObject({
      status: 503,
      body: '{"message":"Service Unavailable"}',
    });
  });

  it.each([
    ['GET', '/other'],
    ['GET', '/path/'],
    ['GET', '/'],
    ['OPTIONS', '*'],
  ])('to %s %s is that there is no such route', async (method, path) => {
    expect(await send(await serve(echo()), method, path)).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/json' },
      body: '{"message":"Not Found"}',
    });
  });

  it('to 10 MB is the function’s, and to more that it is too large', async () => {
    const lambda = bundledFunction('export const handler = async ({ body }) => ({ length: atob(body).length });');
    const port = await serve(lambda);
    const most = Buffer.alloc(10 * 1024 * 1024);
    expect(await send(port, 'POST', '/path', [], most)).toMatchObject({ status: 200, body: '{"length":10485760}' });
    expect(await send(port, 'POST', '/path', [], [most, 'x'])).toMatchObject({
      status: 413,
      body: '{"message":"Request Entity Too Large"}',
    });
  });

  it('to headers over 10,240 bytes is that they are too large', async () => {
    const answer = await send(await serve(echo()), 'GET', '/path', ['X-Long', 'x'.repeat(10_240)]);
    expect(answer.status).toBe(431);
  });

  it('comes although a client before went away in the middle of its request, or before its answer', async () => {
    const port = await serve(echo());
    const head = 'POST /path HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
    for (const sent of [head, `${head}0123456789`, 'nonsense\r\n\r\n']) {
      const socket = connect(port, '127.0.0.1');
      socket.end(sent);
      socket.resume();
      await once(socket, 'close');
    }
    expect((await send(port, 'GET', '/path')).status).toBe(200);
  });

  it('comes to a client that is slow to send', async () => {
    const socket = connect(await serve(echo()), '127.0.0.1');
    for (const part of [
      'POST /path HT',
      'TP/1.1\r\nHost: a\r\nConnection: close\r\nConte',
      'nt-Length: 4\r\n\r\nab',
      'cd',
    ]) {
      await new Promise((resolve) => socket.write(part, resolve));
    }
    expect(await text(socket)).toContain('"body":"YWJjZA=="');
  });
});

describe('the server', () => {
  it('answers no request before the API is known', async () => {
    const shutdown = createShutdown();
    onTestFinished(() => shutdown.end());
    const events = new EventEmitter();
    const known = once(events, 'known').then(() => ({
      api: { id: 'a', domainName: 'a', routes: [] },
      functions: new Map(),
    }));
    const port = await serveHttpApi(0, known, shutdown);
    const order: string[] = [];
    const answered = send(port, 'GET', '/').then(({ status }) => order.push(`${status}`));
    // By the time that a second connection is refused as malformed, the first request has long been read.
    await send(port, 'GET', '/', ['X-Long', 'x'.repeat(10_240)]);
    order.push('known');
    events.emit('known');
    await answered;
    expect(order).toEqual(['known', '404']);
  });

  it('does not start on a port that is taken', async () => {
    const port = await serve(echo());
    await expect(serveHttpApi(port, new Promise(() => undefined), createShutdown())).rejects.toThrow(
      new StartupError(`port ${port} is taken: choose another one with --port N, or a free one with --port 0`),
    );
  });
});

it('who serves is told of each request that is answered, without its query', async () => {
  const answered: AnsweredRequest[] = [];
  const source = 'export const handler = async () => ({ statusCode: 400, body: "no" });';
  const port = await serve(bundledFunction(source), 'POST /path', 30_000, () => (each) => answered.push(each));
  await send(port, 'POST', '/path?secret=1', FORM, 'a=b');
  await send(port, 'GET', '/other?secret=1');
  await send(port, 'POST', '/path?secret=1', FORM, 'x'.repeat(10 * 1024 * 1024 + 1));
  const milliseconds = expect.any(Number);
  await expect
    .poll(() => answered)
    .toEqual([
      { method: 'POST', path: '/path', status: 400, body: Buffer.from('no'), milliseconds },
      { method: 'GET', path: '/other', status: 404, body: expect.any(Buffer), milliseconds },
      { method: 'POST', path: '/path', status: 413, body: expect.any(Buffer), milliseconds },
    ]);
});

it('who watches is told of each request when it arrives, and of its answer', async () => {
  const told: unknown[] = [];
  const lambda = bundledFunction('export const handler = async ({ body }) => ({ statusCode: 400, body: atob(body) });');
  const port = await serve(lambda, 'POST /path', 30_000, ({ id, method, path, body }) => {
    told.push([method, path, body?.toString()]);
    return (answered) => told.push([id, answered.status, answered.body.toString()]);
  });
  const { headers } = await send(port, 'POST', '/path?a=1', FORM, 'a=b');
  const tooLarge = await send(port, 'POST', '/path', FORM, 'x'.repeat(10 * 1024 * 1024 + 1));
  await expect
    .poll(() => told)
    .toEqual([
      ['POST', '/path', 'a=b'],
      [headers['apigw-requestid'], 400, 'a=b'],
      ['POST', '/path', undefined],
      [tooLarge.headers['apigw-requestid'], 413, '{"message":"Request Entity Too Large"}'],
    ]);
});
