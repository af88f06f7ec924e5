import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../cli/command-line.ts';
import { runCli } from './cli-run.ts';

describe('the command line', () => {
  it('shows its commands and exit codes with --help', async () => {
    const { exitCode, output, errors } = await runCli(['--help']);
    expect(exitCode).toBe(0);
    expect(output).toContain('Usage: logout-receiver');
    expect(output).toContain('Exit codes:\n  0  ');
    expect(errors).toBe('');
  });

  it('shows the version of the package', async () => {
    expect((await runCli(['--version'])).output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ['an option that there is not', ['--made-up'], "unknown option '--made-up'"],
    ['a command that there is not', ['made-up'], "unknown command 'made-up'"],
  ])('says in one line what it does not understand: %s', async (_, args, said) => {
    const { exitCode, output, errors } = await runCli(args);
    expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' });
    expect(errors).toContain(said);
    expect(errors).toContain('--help');
  });

  it.each([
    ['--url', 'ftp://\u001b[2J', 2],
    ['--relying-parties', '\u001b[2J\u202e', 1],
  ])('lets nothing in a word that it repeats steer the terminal: %s', async (option, word, exitCode) => {
    const run = await runCli(['doctor', '--no-aws', option, word]);
    expect(run.exitCode).toBe(exitCode);
    expect(run.output + run.errors).toContain('\\u001b[2J');
    expect(run.output + run.errors).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
  });

  it('goes on where nobody reads its progress any more', async () => {
    let output = '';
    const terminal = {
      input: Readable.from([]),
      output: new Writable({
        write: (chunk, _encoding, done) => {
          output += String(chunk);
          done();
        },
      }),
      errors: new Writable({
        write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
      }),
      environment: {},
    };
    // A port that fetch never asks (Fetch Standard, section 2.9).
    const args = ['doctor', '--no-aws', '--url', 'http://127.0.0.1:9/backchannel-logout'];
    expect(await runCommandLine(args, terminal)).toBe(1);
    expect(output).toContain('http://127.0.0.1:9/backchannel-logout cannot be reached from here');
  });
});
