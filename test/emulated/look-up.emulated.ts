import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { hasMoto, run, useMoto } from './moto.ts';

describe.skipIf(!hasMoto)('what a command needs of AWS', () => {
  useMoto();
  const directory = mkdtempSync(join(tmpdir(), 'aws-look-up-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([[['deferred', 'list']], [['dead-letters', 'list']], [['dead-letters', 'redrive']]])(
    'is its stack: without, %j says so in one line',
    async (args) => {
      expect(await run(...args)).toEqual({
        exitCode: 3,
        output: '',
        errors: 'logout-receiver: there is no stack LogoutReceiver in eu-west-1: see --stack, --region and --profile\n',
      });
    },
  );

  it('is a region: that of --region, of the environment, or of the profile', async () => {
    const config = join(directory, 'config');
    writeFileSync(
      config,
      '[profile there]\nregion = eu-north-1\naws_access_key_id = moto\naws_secret_access_key = moto\n',
    );
    vi.stubEnv('AWS_CONFIG_FILE', config);
    vi.stubEnv('AWS_REGION', undefined);
    const region = async (...args: string[]) => / in (\S+):/.exec((await run('deferred', 'list', ...args)).errors)?.[1];
    expect(await region('--profile', 'there')).toBe('eu-north-1');
    vi.stubEnv('AWS_DEFAULT_REGION', 'eu-south-1');
    expect(await region('--profile', 'there')).toBe('eu-south-1');
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    expect(await region()).toBe('eu-central-1');
    expect(await region('--region', 'eu-west-3')).toBe('eu-west-3');
  });

  it.each([
    ['region', 'AWS_REGION', 'no AWS region: name it (--region, AWS_REGION), or set it in the profile'],
    ['credentials', 'AWS_ACCESS_KEY_ID', 'no AWS credentials: sign in (aws sso login), '],
  ])('is a %s: without, it says so in one line', async (_what, name, said) => {
    vi.stubEnv('AWS_CONFIG_FILE', join(directory, 'none'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(directory, 'none'));
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv(name, undefined);
    const { exitCode, errors } = await run('deferred', 'list');
    expect(exitCode).toBe(3);
    expect(errors.split('\n')).toEqual([expect.stringContaining(`logout-receiver: ${said}`), '']);
  });

  it('is AWS itself: where nothing answers, it says so in one line', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    expect(await run('deferred', 'list')).toEqual({
      exitCode: 3,
      output: '',
      errors: 'logout-receiver: AWS cannot be reached: ECONNREFUSED\n',
    });
  });
});
