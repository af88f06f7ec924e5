import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { originFile } from '../../build/program.mjs';
import cdk from '../../cdk.json' with { type: 'json' };

const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));

/** A directory of the project that git does not see. */
function ownDirectory(): string {
  const directory = mkdtempSync(join(projectDirectory, 'node_modules/.cache-program-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** What a program says, launched in the way of `npm start`. */
async function launched(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['build/launch.mjs', ...args], {
    cwd: projectDirectory,
  });
  return stdout;
}

it('a launched program is that of the sources as they are, and is built again only when they change', async () => {
  const directory = ownDirectory();
  const program = relative(projectDirectory, join(directory, 'program.ts'));
  onTestFinished(() => rmSync(originFile(program)));
  const word = (text: string) => writeFileSync(join(directory, 'word.ts'), `export const word: string = '${text}';`);
  word('one');
  writeFileSync(
    join(directory, 'program.ts'),
    `import { word } from './word.ts';
     console.log(word, process.argv.slice(2), new URL('.', import.meta.url).pathname);`,
  );
  const said = (text: string) => `${text} [ '--flag' ] ${directory}/\n`;
  // Two at the same time find a whole program both.
  const both = await Promise.all([launched(program, '--flag'), launched(program, '--flag')]);
  expect(both).toEqual([said('one'), said('one')]);
  const built = readFileSync(originFile(program), 'utf8');
  expect(await launched(program, '--flag')).toBe(said('one'));
  expect(readFileSync(originFile(program), 'utf8')).toBe(built);
  word('two');
  expect(await launched(program, '--flag')).toBe(said('two'));
  word('one');
  expect(await launched(program, '--flag')).toBe(said('one'));
});

it('the CDK app that is built synthesizes the templates that its sources do', async () => {
  const directory = ownDirectory();
  const context = { ...cdk.context, sampleRelyingParties: true };
  const templates = async (outdir: string, ...args: string[]) => {
    await promisify(execFile)(process.execPath, [...args, 'infra/app.ts'], {
      cwd: projectDirectory,
      env: {
        ...process.env,
        ...{ CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context), CDK_VALIDATION: 'false' },
      },
    });
    const stacks = ['LogoutReceiver', 'LogoutReceiverSessions'];
    return stacks.flatMap((stack) =>
      ['template', 'assets'].map((kind) => readFileSync(join(outdir, `${stack}.${kind}.json`), 'utf8')),
    );
  };
  const built = await templates(join(directory, 'built'), 'build/launch.mjs');
  expect(built).toEqual(await templates(join(directory, 'sources'), '--import', 'tsx'));
  expect(built.join()).toContain('AWS::Lambda::Function');
});
