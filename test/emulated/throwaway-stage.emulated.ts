import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { confirmedPlace, NotConfirmedError } from '../account/confirmation.ts';
import { Deployed, withThrowawayStage } from '../account/throwaway-stage.ts';
import { cdkIn } from '../cdk-cli.ts';
import { hasMoto, useMoto } from './moto.ts';

// All of `npm run test:aws` but its suite: nothing answers at the URL of an emulated API.
describe.skipIf(!hasMoto)('npm run test:aws', () => {
  useMoto();
  const directory = mkdtempSync(join(tmpdir(), 'throwaway-stage-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    ['nobody has confirmed the account', {}, 'Nothing was created. Confirmed, this deploys to account 123456789012, '],
    [
      'another account was confirmed',
      { AWS_ACCOUNT_CONFIRMED: '210987654321' },
      'AWS_ACCOUNT_CONFIRMED is 210987654321',
    ],
    ['a part of it was confirmed', { AWS_ACCOUNT_CONFIRMED: '12345678901' }, 'the credentials are of another account'],
  ])('refuses where %s', async (_what, environment, said) => {
    const refused = confirmedPlace(environment);
    await expect(refused).rejects.toThrow(NotConfirmedError);
    await expect(refused).rejects.toThrow(said);
  });

  it('knows account and region once they are confirmed', async () => {
    const place = { account: '123456789012', region: 'eu-west-1' };
    expect(await confirmedPlace({ AWS_ACCOUNT_CONFIRMED: '123456789012' })).toEqual(place);
  });

  it('says as a command what it would do, and does nothing', async () => {
    const refused = promisify(execFile)('npm', ['run', '--silent', 'test:aws']);
    await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('less than 1 USD') });
    expect(await there()).toEqual([]);
  });

  it('leaves nothing where it cannot deploy', async () => {
    await expect(withThrowawayStage(async () => undefined)).rejects.toThrow('cdk deploy has ended with 1');
    expect(await there()).toEqual([]);
  });

  it('deploys issuer and receiver into a stage of their own, and leaves nothing where its suite fails', async () => {
    await cdkIn(directory, 'bootstrap', 'aws://123456789012/eu-west-1');
    let deployed: string[] = [];
    const failed = withThrowawayStage(async (file) => {
      deployed = await there();
      const { endpoint, issuer, tableName } = Deployed.parse(JSON.parse(readFileSync(file, 'utf8')));
      expect([endpoint, issuer]).toEqual([
        expect.stringMatching(/^https:.*execute-api.*\/backchannel-logout$/),
        expect.stringMatching(/^https:.*lambda-url.*[^/]$/),
      ]);
      expect(deployed).toContain(tableName);
      throw new Error('the suite has failed');
    });
    await expect(failed).rejects.toThrow('the suite has failed');
    expect(deployed.map((name) => name.replace(/^t[0-9a-f]{8}/, 'STAGE').replace(/Table.*/, 'Table'))).toEqual([
      'CDKToolkit',
      'STAGE-Issuer',
      'STAGE-LogoutReceiver',
      'STAGE-LogoutReceiver-JwksCacheTable',
      'STAGE-LogoutReceiverSessions',
      'STAGE-LogoutReceiverSessions-SessionsTable',
    ]);
    expect(await there()).toEqual(['CDKToolkit']);
  });
});

/** Stacks and tables. */
async function there(): Promise<string[]> {
  const { Stacks = [] } = await new CloudFormationClient().send(new DescribeStacksCommand());
  const { TableNames = [] } = await new DynamoDBClient().send(new ListTablesCommand());
  return [...Stacks.map(({ StackName = '' }) => StackName), ...TableNames].sort();
}
