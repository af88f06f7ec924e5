import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DeleteStackCommand,
  paginateDescribeStacks,
  UpdateTerminationProtectionCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateListTables,
  UpdateTableCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import * as z from 'zod/mini';
import { cdk } from '../cdk-cli.ts';

/** What the suite needs of a deployment, in a file that its processes read. */
export const Deployed = z.object({
  endpoint: z.string(),
  tableName: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  /** Signs as the issuer. */
  privateKey: z.record(z.string(), z.unknown()),
});
export type Deployed = z.infer<typeof Deployed>;

const WAIT_SECONDS = 900;
const Outputs = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Deploys an issuer and a receiver in a stage that nobody else has, has them used, and removes all of it, whatever happens.
 *
 * @param use is given the path of a file with `Deployed`
 * @throws Error what `use` throws, or that something could not be deployed or removed
 */
export async function withThrowawayStage(use: (file: string) => Promise<void>): Promise<void> {
  const stage = `t${randomBytes(4).toString('hex')}`;
  const directory = mkdtempSync(join(tmpdir(), 'throwaway-stage-'));
  const failures: unknown[] = [];
  try {
    const deployed = await deploy(stage, directory);
    const file = join(directory, 'deployed.json');
    writeFileSync(file, JSON.stringify(deployed), { mode: 0o600 });
    await use(file);
  } catch (error) {
    failures.push(error);
  }
  rmSync(directory, { recursive: true });
  console.log(`removing the stage ${stage}`);
  await removeStage(stage).catch((error: unknown) => failures.push(error));
  const left = await leftOf(stage);
  if (left.length > 0) {
    throw new AggregateError(failures, `still there, to be removed by hand: ${left.join(', ')}`);
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

async function deploy(stage: string, directory: string): Promise<Deployed> {
  const clientId = 'shop';
  const { jwks, privateKey } = await newKey();
  const app = (name: string, ...args: string[]) =>
    deployApp(join(directory, `${name}.json`), ['-c', `stage=${stage}`, ...args]);
  const issuerApp = await app('issuer', '--app', 'node --import tsx test/account/issuer-app.ts', '-c', `jwks=${jwks}`);
  const issuer = z.string().parse(issuerApp[`${stage}-Issuer`]?.Url).replace(/\/$/, '');
  const file = join(directory, 'relying-parties.json');
  writeFileSync(file, JSON.stringify({ relyingParties: [{ issuer, clientId, algorithms: ['RS256'] }] }));
  const receiver = await app('receiver', '-c', `relyingParties=${file}`);
  const endpoint = receiver[`${stage}-LogoutReceiver`]?.BackchannelLogoutUri;
  const tableName = receiver[`${stage}-LogoutReceiverSessions`]?.SessionsTableName;
  return Deployed.parse({ endpoint, tableName, issuer, clientId, privateKey });
}

async function newKey(): Promise<{ jwks: string; privateKey: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const published = { ...(await exportJWK(publicKey)), kid: 'throwaway', alg: 'RS256', use: 'sig' };
  return { jwks: JSON.stringify({ keys: [published] }), privateKey: await exportJWK(privateKey) };
}

/** Deploys all stacks of an app, and reads their outputs, by the names of the stacks. */
async function deployApp(outputsFile: string, args: readonly string[]): Promise<z.infer<typeof Outputs>> {
  const to = ['--outputs-file', outputsFile, '-o', `${outputsFile}.out`];
  const { exitCode, output } = await cdk('deploy', '--all', '--require-approval', 'never', ...to, ...args);
  console.log(output);
  if (exitCode !== 0) {
    throw new Error(`cdk deploy has ended with ${exitCode}`);
  }
  return Outputs.parse(JSON.parse(readFileSync(outputsFile, 'utf8')));
}

/** Stacks first: their tables are kept, and deleted then. */
async function removeStage(stage: string): Promise<void> {
  const cloudformation = new CloudFormationClient();
  for (const StackName of await stacksOf(stage)) {
    const protection = { StackName, EnableTerminationProtection: false };
    await cloudformation.send(new UpdateTerminationProtectionCommand(protection));
    await cloudformation.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client: cloudformation, maxWaitTime: WAIT_SECONDS }, { StackName });
  }
  const client = new DynamoDBClient();
  for (const TableName of await tablesOf(stage)) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.DeletionProtectionEnabled) {
      await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
      await waitUntilTableExists({ client, maxWaitTime: WAIT_SECONDS }, { TableName });
    }
    await client.send(new DeleteTableCommand({ TableName }));
    await waitUntilTableNotExists({ client, maxWaitTime: WAIT_SECONDS }, { TableName });
  }
}

async function leftOf(stage: string): Promise<string[]> {
  return [...(await stacksOf(stage)), ...(await tablesOf(stage))];
}

async function stacksOf(stage: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: new CloudFormationClient() }, {})) {
    names.push(...Stacks.map(({ StackName = '' }) => StackName));
  }
  return names.filter((name) => name.startsWith(`${stage}-`));
}

async function tablesOf(stage: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { TableNames = [] } of paginateListTables({ client: new DynamoDBClient() }, {})) {
    names.push(...TableNames);
  }
  return names.filter((name) => name.startsWith(`${stage}-`));
}
