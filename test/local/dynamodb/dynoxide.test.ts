import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { dynamodbClient } from '../../../local/dynamodb/dynamodb-client.ts';
import { type EngineProgram, findEngine, startDynamodbEngine } from '../../../local/dynamodb/dynamodb-engine.ts';
import { dynoxide, temporaryDirectory as engineDirectory } from '../../../local/dynamodb/dynoxide.ts';
import { createTables, type Table } from '../../../local/dynamodb/tables.ts';
import { lambdaNode } from '../../../local/functions/lambda-node.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { temporaryDirectory } from '../functions/bundle.ts';

const table: Table = {
  TableName: 'Example',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
};

/**
 * What the engine asks its database with each write to a table that has a stream, and with each read of the stream, and how
 * it is answered from an index alone: without SCAN and without USE TEMP B-TREE FOR ORDER BY.
 */
const PLANS = {
  'SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1': [
    'SEARCH _stream_records USING COVERING INDEX logout_receiver_stream_records (table_name=?)',
  ],
  [`SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at, user_identity
             FROM _stream_records
             WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3
             ORDER BY CAST(sequence_number AS INTEGER) ASC
             LIMIT ?4`]: [
    'SEARCH _stream_records USING INDEX logout_receiver_stream_records (table_name=? AND <expr>>?)',
  ],
};

const PLAN = `
  const [, file, statement] = process.argv;
  const plan = new (require('node:sqlite').DatabaseSync)(file).prepare('EXPLAIN QUERY PLAN ' + statement).all();
  console.log(JSON.stringify(plan.map(({ detail }) => detail)));`;

/** How SQLite carries a statement out. The Node.js that runs this may be too old for node:sqlite. */
function planOf(statement: string, file: string): unknown {
  const node = lambdaNode('nodejs24.x', () => undefined);
  return JSON.parse(execFileSync(node, ['--eval', PLAN, file, statement], { encoding: 'utf8' }));
}

afterEach(() => {
  vi.restoreAllMocks();
});

async function start(program: EngineProgram, dataDirectory?: string) {
  const shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
  const { endpoint } = await startDynamodbEngine(program, dataDirectory, shutdown);
  return dynamodbClient(endpoint);
}

/** The engine, without data that outlive it, which are in this directory at first. */
function temporaryIn(directory: string): EngineProgram {
  const program = findEngine();
  const makeDirectory = () => {
    mkdirSync(directory);
    return directory;
  };
  return {
    ...program,
    ...(program.database && { database: { ...program.database, temporaryDirectory: makeDirectory } }),
  };
}

describe('the data of dynoxide', () => {
  it('have an index for what it asks of its stream records', async () => {
    const binary = readFileSync(createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide'), 'latin1');
    const directory = temporaryDirectory();
    await start(findEngine(), directory);
    for (const [statement, plan] of Object.entries(PLANS)) {
      expect(binary).toContain(statement);
      expect(planOf(statement, join(directory, 'dynoxide.sqlite'))).toEqual(plan);
    }
  });

  it('leave no file behind, however the engine ends, where they need not outlive it', async () => {
    const directory = join(temporaryDirectory(), 'data');
    const client = await start(temporaryIn(directory));
    expect(existsSync(directory)).toBe(false);
    await createTables(client, [table], () => undefined);
    await client.send(new PutItemCommand({ TableName: 'Example', Item: { pk: { S: 'one' } } }));
  });

  it('leave no file behind when the engine does not start', async () => {
    const directory = join(temporaryDirectory(), 'data');
    const program = { ...temporaryIn(directory), commandLine: () => [process.execPath, '-e', ''] };
    await expect(start(program)).rejects.toThrow('it ended without a word');
    expect(existsSync(directory)).toBe(false);
  });

  it('leave no file behind when the run ends while the engine still starts', async () => {
    const directory = join(temporaryDirectory(), 'data');
    const shutdown = createShutdown();
    const starting = startDynamodbEngine(temporaryIn(directory), undefined, shutdown);
    starting.catch(() => undefined);
    expect(existsSync(directory)).toBe(true);
    await shutdown.end();
    expect(existsSync(directory)).toBe(false);
  });

  it.each([
    ['is no such file system', '/nowhere'],
    ['is another file system', import.meta.dirname],
  ])('are among temporary files where there %s in memory', (_what, path) => {
    const directory = engineDirectory(path);
    onTestFinished(() => rmdirSync(directory));
    expect(dirname(directory)).toBe(tmpdir());
  });

  it('are served without the index too, and one line says what comes of it', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { commandLine, ...program } = dynoxide('', []);
    const client = await start({ ...program, commandLine: (port) => findEngine().commandLine(port, undefined) });
    expect(write.mock.calls).toEqual([
      ['the embedded DynamoDB (dynoxide) gets slower with each write: Error: no such table: main._stream_records\n'],
    ]);
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  });

  it('have no line about an index that could not be made since the run ended', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const shutdown = createShutdown();
    const { name, commandLine } = findEngine();
    const addIndexes = async () => {
      void shutdown.end();
      throw new Error('it ended with SIGINT');
    };
    const database = { temporaryDirectory: engineDirectory, addIndexes };
    await startDynamodbEngine({ name, commandLine, database }, undefined, shutdown);
    expect(write.mock.calls).toEqual([]);
    await shutdown.end();
  });
});
