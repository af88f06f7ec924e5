import { EventEmitter, once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startFunctionProcess } from '../../../local/functions/function-process.ts';
import { functionProcesses, type Invoke } from '../../../local/functions/function-processes.ts';
import { createRunningCode, type RunningCode } from '../../../local/functions/running-code.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { useRelyingParties } from '../../../local/relying-parties/checked-file.ts';
import { followRelyingParties } from '../../../local/relying-parties/followed-file.ts';
import { writeShippedFile } from '../../shipped-file.ts';
import { bundledFunction, temporaryDirectory } from '../functions/bundle.ts';

/** Says which clients its file has; with `wait`, not before the path is there, and with `pid`, in which process. */
const SOURCE = `
  import { existsSync, readFileSync } from 'node:fs';
  import { setTimeout } from 'node:timers/promises';
  const text = readFileSync(process.env.LAMBDA_TASK_ROOT + '/relying-parties.jsonl', 'utf8');
  const lines = text.trim().split('\\n').map((line) => JSON.parse(line));
  const clientIds = lines.flatMap(([kind, , , clients]) => (kind === 'clients' ? clients.map(([id]) => id) : []));
  export async function handler({ wait, pid }) {
    if (pid) { return process.pid; }
    while (wait && !existsSync(wait)) { await setTimeout(5); }
    return clientIds.join();
  }`;

let file: string;
let code: RunningCode;
let invoke: Invoke;
let said: string[];
let news: EventEmitter;

beforeEach(() => {
  const shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
  file = join(temporaryDirectory(), 'my-relying-parties.json');
  write(contentOf('shop'));
  const lambda = bundledFunction(SOURCE);
  writeShippedFile(lambda.directory, [partyOf('shop')]);
  code = createRunningCode(shutdown);
  const start = () => {
    const environment = { LAMBDA_TASK_ROOT: code.directoryOf(lambda.directory), _HANDLER: 'index.handler' };
    return startFunctionProcess(lambda, process.execPath, environment);
  };
  invoke = functionProcesses(start, shutdown, code);
  [said, news] = [[], new EventEmitter()];
  const warn = (line: string) => {
    said.push(line);
    news.emit('line', line);
  };
  const run = {
    useRelyingParties: (path: string) => useRelyingParties(path, { frontchannelLogout: false }, code, warn),
  };
  followRelyingParties(file, () => file, Promise.resolve(run), shutdown, warn);
});

const partyOf = (clientId: string) => ({ issuer: 'https://op.test', clientId, algorithms: ['RS256'] });

const contentOf = (...clientIds: string[]) =>
  JSON.stringify({
    relyingParties: clientIds.map(partyOf),
  });

function write(content: string): void {
  writeFileSync(file, content);
}

/** As many editors do. */
function replace(content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

/** Waits until that line is said. */
async function hear(expected: string): Promise<void> {
  while (!said.includes(expected)) {
    await once(news, 'line');
  }
}

describe('a relying parties file that is edited while the local run runs', () => {
  it.each([
    ['written in place', write],
    ['replaced by another one', replace],
  ])('and %s is live at once', async (_how, change) => {
    expect(await invoke({})).toBe('shop');
    for (const clientId of ['forum', 'mail']) {
      change(contentOf('shop', clientId));
      await hear(`  https://op.test client ${clientId}`);
      expect(await invoke({})).toBe(`shop,${clientId}`);
    }
    expect(said).toEqual(
      ['forum', 'mail'].flatMap((clientId) => [
        `relying parties: ${file}`,
        '  https://op.test client shop',
        `  https://op.test client ${clientId}`,
      ]),
    );
  });

  it.each<[string, () => void, string]>([
    ['is not JSON', () => write('{'), 'not JSON: line 1, column 2: the file ends too early'],
    [
      'breaks a rule',
      () => write('{"relyingParties":[]}'),
      'relyingParties: found [], allowed: a list of at least one relying party',
    ],
    ['is gone', () => rmSync(file), 'cannot be read (ENOENT)'],
    [
      'names a secret that is not given',
      () => write(contentOf('shop').replace('["RS256"]', '["HS256"],"clientSecret":{"secretId":"clients/shop"}')),
      'names secrets that are not given: clients/shop',
    ],
  ])('and %s is refused, and what was there stays, until it is mended', async (_what, breakIt, problem) => {
    breakIt();
    await hear('the relying parties from before stay');
    expect(said[0]).toContain(file);
    expect(said[0]).toContain(problem);
    expect(await invoke({})).toBe('shop');
    write(contentOf('forum'));
    await hear('  https://op.test client forum');
    expect(await invoke({})).toBe('forum');
  });

  it('is warned of what may be a mistake', async () => {
    write(contentOf('shop').replace(',"algorithms":["RS256"]', ''));
    await hear('  https://op.test client shop');
    expect(said[0]).toMatch(/^warning: relyingParties\[0\] .* takes every signature algorithm/);
  });

  it('leaves no process that has the one of before', async () => {
    const pid = Number(await invoke({ pid: true }));
    write(contentOf('forum'));
    await hear('  https://op.test client forum');
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('loses no event that is being handled', async () => {
    const end = join(temporaryDirectory(), 'end');
    const underWay = invoke({ wait: end });
    const idle = await invoke({});
    write(contentOf('forum'));
    await hear('  https://op.test client forum');
    expect(await invoke({})).toBe('forum');
    writeFileSync(end, '');
    expect([idle, await underWay]).toEqual(['shop', 'shop']);
    // Both processes of before are given up.
    expect(await Promise.all([invoke({}), invoke({})])).toEqual(['forum', 'forum']);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
