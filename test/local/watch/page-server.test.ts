import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { StartupError } from '../../../local/process/startup-error.ts';
import { createFeed } from '../../../local/watch/feed.ts';
import { type ServedPage, servePage } from '../../../local/watch/page-server.ts';
import { temporaryDirectory } from '../functions/bundle.ts';
import { eventSource } from './event-source.ts';

const HOST = 'logout.localhost';

function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

async function serve(page: Partial<ServedPage> = {}): Promise<number> {
  const shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
  return await servePage(0, { feed: createFeed(), directories: [], hosts: [HOST, '127.0.0.1'], ...page }, shutdown);
}

async function ask(port: number, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const outgoing = request({ port, host: '127.0.0.1', method, path, agent: false, headers });
  outgoing.setHeader('host', headers.host ?? `${HOST}:${port}`);
  const answered = once(outgoing, 'response').then(([response]: IncomingMessage[]) => response);
  outgoing.end();
  const response = await answered;
  return { status: response?.statusCode, headers: response?.headers ?? {}, body: response ? await text(response) : '' };
}

describe('files', () => {
  it('are those of the first directory that has them, with index.html at the root', async () => {
    const directories = [directoryWith({ 'page.css': 'a {}' }), directoryWith({ 'page.css': '', 'index.html': '<p>' })];
    const port = await serve({ directories });
    expect(await ask(port, '/')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: '<p>',
    });
    expect(await ask(port, '/page.css?v=1')).toMatchObject({ status: 200, body: 'a {}' });
  });

  it.each(['/none.css', '/../secret.js', '/%2e%2e/secret.js', '//secret.js', '/.hidden.js', '/page', '/sub', '/a.txt'])(
    'are no others: %s',
    async (path) => {
      const directory = directoryWith({ 'secret.js': '', page: '', 'a.txt': '' });
      const page = join(directory, 'page.d');
      mkdirSync(page);
      writeFileSync(join(page, '.hidden.js'), '');
      expect((await ask(await serve({ directories: [page, directory] }), path)).status).toBe(404);
    },
  );

  it('are built where they are scripts in TypeScript, with what they import', async () => {
    const directory = directoryWith({
      'page.ts': "import { greeting } from './greeting.ts';\nconst name: string = 'you';\nconsole.log(greeting, name);",
      'greeting.ts': "export const greeting = 'hello';",
    });
    const { status, headers, body } = await ask(await serve({ directories: [directory] }), '/page.js');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(body).toContain('var greeting = "hello"');
    expect(body).not.toContain(': string');
  });

  it('run no script of others, go into no frame, and show in frames what they are told to', async () => {
    const { headers } = await ask(await serve({ frames: ['http://shop.localhost:1'] }), '/');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src http://shop.localhost:1; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });
});

it('what is no file is given to the routes', async () => {
  const port = await serve({
    routes: async ({ url }, response) => {
      if (url !== '/stage') {
        return false;
      }
      response.end('{}');
      return true;
    },
  });
  expect(await ask(port, '/stage', {}, 'POST')).toMatchObject({ status: 200, body: '{}' });
  expect(await ask(port, '/other', {}, 'POST')).toMatchObject({ status: 404 });
});

describe('a request', () => {
  it.each<[string, string, Record<string, string>]>([
    ['by another name that leads here', '/', { host: 'evil.test' }],
    ['by this name with another port', '/', { host: 'logout.localhost:1' }],
    ['by a page of another site', '/events', { 'sec-fetch-site': 'cross-site' }],
    ['by another application on this machine', '/events', { 'sec-fetch-site': 'same-site' }],
    ['by a frame of another page', '/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' }],
    ['by a page of another origin, from a browser that says no more', '/events', { origin: 'https://evil.test' }],
  ])('is refused: %s', async (_what, path, headers) => {
    const asked: string[] = [];
    const routes = ({ url = '' }: IncomingMessage) => asked.push(url) > 0;
    const port = await serve({ routes, directories: [directoryWith({ 'index.html': '' })] });
    for (const method of ['GET', 'POST']) {
      expect((await ask(port, path, headers, method)).status).toBe(403);
    }
    expect(asked).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['by the page itself', { 'sec-fetch-site': 'same-origin' }],
    ['by the reader', { 'sec-fetch-site': 'none' }],
    [
      'by a link that the reader follows',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ],
    ['by a program', {}],
  ])('is answered: %s', async (_what, headers) => {
    const port = await serve({ directories: [directoryWith({ 'index.html': 'hello' })] });
    expect(await ask(port, '/', headers)).toMatchObject({ status: 200, body: 'hello' });
  });
});

it('the events come as they are published, and after the last one that the client knows', async () => {
  const feed = createFeed();
  const port = await serve({ feed });
  const said = (what: string) => ({ type: 'stage', what, text: 'a line\nand another' }) as const;
  feed.publish(said('first'));
  const source = await eventSource(`http://127.0.0.1:${port}/events`);
  const first = await source.next();
  expect(first).toMatchObject(said('first'));
  feed.publish(said('second'));
  expect(await source.next()).toMatchObject({ ...said('second'), id: first.id + 1 });
  const later = await eventSource(`http://127.0.0.1:${port}/events`, first.id);
  expect(await later.next()).toMatchObject(said('second'));
});

it('a port that is taken is named, with the flag', async () => {
  const port = await serve();
  const page = { feed: createFeed(), directories: [], hosts: [] };
  await expect(servePage(port, page, createShutdown())).rejects.toThrow(
    new StartupError(`port ${port} is taken: choose another one with --port N, or a free one with --port 0`),
  );
});
