import { describe, expect, it } from 'vitest';
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
});
