import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../cli/doctor/configuration.ts';
import { runCli } from '../cli-run.ts';

const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(content: string): string {
  const file = join(directory, 'relying-parties.json');
  writeFileSync(file, content);
  return file;
}

const party = { issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] };

describe('the relying parties file', () => {
  it.each([
    ['is fine', [party], []],
    ['names no algorithms', [{ ...party, algorithms: undefined }], ['note algorithms']],
    ['holds an example', [{ ...party, issuer: 'https://op.example.com' }], ['problem issuer_example']],
    ['spells one issuer in two ways', [party, { ...party, issuer: 'https://op.test/' }], ['problem issuer_spelling']],
    ['spells its host in two ways', [party, { ...party, issuer: 'https://OP.test' }], ['problem issuer_spelling']],
    ['has two clients of one issuer', [party, { ...party, clientId: 'desk' }], []],
    ['has two issuers of one host', [party, { ...party, issuer: 'https://op.test/realms/a' }], []],
    ['breaks a rule', [{ ...party, clientId: 1 }], ['problem relying_parties']],
  ])('%s', (_case, relyingParties, expected) => {
    const { findings } = readConfiguration(fileWith(JSON.stringify({ relyingParties })));
    expect(findings.filter(({ level }) => level !== 'good').map(({ code, level }) => `${level} ${code}`)).toEqual(
      expected,
    );
  });

  it('that is not JSON is a problem, named with its place', () => {
    const { findings } = readConfiguration(fileWith('{"relyingParties": [,]}'));
    expect(findings).toMatchObject([{ level: 'problem', text: expect.stringContaining('line 1, column') }]);
  });
});

describe('doctor', () => {
  it.each([
    ['nothing to look at', ['--no-aws'], '--url, --relying-parties'],
    ['a URL that is none', ['--no-aws', '--url', 'logout.test'], 'https: URL'],
    ['a URL without TLS', ['--no-aws', '--url', 'http://logout.test/'], 'https: URL'],
  ])('does not understand %s', async (_case, args, said) => {
    const { exitCode, output, errors } = await runCli(['doctor', ...args]);
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' });
    expect(errors).toContain(said);
  });

  it('tells of a file that cannot be read, as JSON too', async () => {
    const file = join(directory, 'missing.json');
    const { exitCode, output } = await runCli(['doctor', '--no-aws', '--relying-parties', file, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      findings: [
        { code: 'relying_parties', level: 'problem', text: expect.stringContaining('ENOENT') },
        { code: 'endpoint', level: 'note', text: expect.stringContaining('no URL') },
      ],
    });
  });
});
