import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { keptAssembly } from '../../../local/template/kept-assemblies.ts';
import { temporaryDirectory } from '../functions/bundle.ts';

let project: string;
let synthesized: number;
const kept = () => readdirSync(join(project, 'node_modules/.cache/logout-receiver'));
const write = (path: string, text: string) => writeFileSync(join(project, path), text);

beforeEach(() => {
  project = temporaryDirectory();
  synthesized = 0;
  for (const folder of ['infra', 'receiver/relying-parties', 'dist/functions']) {
    mkdirSync(join(project, folder), { recursive: true });
    write(`${folder}/file`, 'as it was');
  }
  for (const file of ['cdk.json', 'package-lock.json', 'relying-parties.json']) {
    write(file, 'as it was');
  }
});

async function assembly(context: object = {}): Promise<string> {
  const given = { relyingParties: join(project, 'relying-parties.json'), ...context };
  const synthesize = async (directory: string) => writeFileSync(join(directory, 'manifest.json'), `${++synthesized}`);
  return await keptAssembly(project, join(project, 'dist/functions'), given, synthesize, createShutdown());
}

describe('an assembly', () => {
  it('is synthesized once, as long as nothing changes that it is made of', async () => {
    const directory = await assembly();
    expect(await assembly()).toBe(directory);
    expect(readFileSync(join(directory, 'manifest.json'), 'utf8')).toBe('1');
  });

  it.each([
    ...['cdk.json', 'package-lock.json', 'infra/file', 'receiver/relying-parties/file', 'dist/functions/file'],
    'relying-parties.json',
  ])('is synthesized anew when %s has changed', async (file) => {
    const before = await assembly();
    write(file, 'as it is');
    expect(await assembly()).not.toBe(before);
    expect(synthesized).toBe(2);
  });

  it('is synthesized anew when a file of the app is new, or the context is another one', async () => {
    await assembly();
    write('infra/new', '');
    await assembly();
    await assembly({ sessionEndedEvents: true });
    expect(synthesized).toBe(3);
  });

  it('that fails is not kept, and nothing is left of it', async () => {
    const failing = () => Promise.reject(new Error('the app is broken'));
    const made = keptAssembly(project, join(project, 'dist/functions'), {}, failing, createShutdown());
    await expect(made).rejects.toThrow('the app is broken');
    expect(kept()).toEqual([]);
  });

  it('that two runs synthesize at the same time is whole for both', async () => {
    const [one, other] = await Promise.all([assembly(), assembly()]);
    expect(other).toBe(one);
    expect(kept()).toHaveLength(1);
  });

  it('goes when nobody has used it for a week', async () => {
    const old = await assembly();
    const weekAgo = Date.now() / 1000 - 8 * 24 * 3600;
    utimesSync(old, weekAgo, weekAgo);
    const current = await assembly({ sessionEndedEvents: true });
    expect(kept()).toEqual([current.split('/').at(-1)]);
  });
});
