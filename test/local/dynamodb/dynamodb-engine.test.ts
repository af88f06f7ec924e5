import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import { dynamodbClient, reachDynamodb } from '../../../local/dynamodb/dynamodb-client.ts';
import { type EngineProgram, findEngine, startDynamodbEngine } from '../../../local/dynamodb/dynamodb-engine.ts';
import { createTables, type Table } from '../../../local/dynamodb/tables.ts';
import { listeningPort } from '../../../local/loopback/listening-port.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { StartupError } from '../../../local/process/startup-error.ts';
import { temporaryDirectory } from '../functions/bundle.ts';

const table: Table = {
  TableName: 'Example',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
};

/** URL of a module that finds dynalite among its packages, or no engine at all. */
function moduleWith(engine: 'dynalite' | 'nothing'): string {
  const directory = temporaryDirectory();
  if (engine === 'dynalite') {
    mkdirSync(join(directory, 'node_modules'));
    const installed = dirname(createRequire(import.meta.url).resolve('dynalite/package.json'));
    symlinkSync(installed, join(directory, 'node_modules', 'dynalite'));
  }
  return pathToFileURL(join(directory, 'module.js')).href;
}

async function start(program: EngineProgram, dataDirectory?: string, port?: number) {
  const shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
  return { ...(await startDynamodbEngine(program, dataDirectory, shutdown, port)), shutdown };
}

/** Systems give those who ask for any free port one from 32768 on: no test that runs beside gets this one. */
async function portThatNobodyIsGiven(): Promise<number> {
  const server = createServer().listen(randomInt(20_000, 30_000), '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return await portThatNobodyIsGiven();
  }
  const port = listeningPort(server);
  server.close();
  await once(server, 'close');
  return port;
}

function programOf(script: string): EngineProgram {
  return { name: 'example', commandLine: () => [process.execPath, '-e', script] };
}

async function tableNames(endpoint: string): Promise<string[] | undefined> {
  return (await dynamodbClient(endpoint).send(new ListTablesCommand({}))).TableNames;
}

describe('the embedded DynamoDB', () => {
  it('is dynoxide where it is installed, else dynalite', () => {
    expect([findEngine().name, findEngine(moduleWith('dynalite')).name]).toEqual(['dynoxide', 'dynalite']);
  });

  it('is missed with one line that says what can be done', () => {
    expect(() => findEngine(moduleWith('nothing'))).toThrow(
      /^no embedded DynamoDB: .*@dynoxide\/linux-x64.*dynalite.*--dynamodb-endpoint URL$/,
    );
  });

  it.each([
    ['dynoxide', []],
    ['dynalite', ['this DynamoDB engine knows no time to live: expired items stay in the tables']],
  ])('%s keeps its data in memory, or in the directory it is given', async (name, expectedWarnings) => {
    const program = findEngine(name === 'dynalite' ? moduleWith('dynalite') : undefined);
    expect(program.name).toBe(name);
    const directory = join(temporaryDirectory(), 'new', 'data');
    const warnings: string[] = [];
    for (const [dataDirectory, namesAfterwards] of [
      [directory, ['Example']],
      [undefined, []],
    ] as const) {
      const first = await start(program, dataDirectory);
      await createTables(dynamodbClient(first.endpoint), [table], (line) => warnings.push(line));
      await first.shutdown.end();
      await expect(reachDynamodb(first.endpoint)).rejects.toThrow(
        `DynamoDB at ${first.endpoint} cannot be used: ECONNREFUSED`,
      );
      const second = await start(program, dataDirectory);
      expect(await tableNames(second.endpoint)).toEqual(namesAfterwards);
      await second.shutdown.end();
    }
    expect(warnings).toEqual([...expectedWarnings, ...expectedWarnings]);
  });

  it.each([
    ['says why it ends', programOf('console.error("no space\\nleft"); process.exit(1)'), 'no space; left'],
    ['ends without a word', programOf(''), 'it ended without a word'],
    ['is not there', { name: 'example', commandLine: () => ['/nowhere/engine'] }, 'spawn /nowhere/engine ENOENT'],
  ])('is reported in one line when it %s', async (_what, program, message) => {
    await expect(start(program)).rejects.toThrow(
      new StartupError(`the embedded DynamoDB (example) does not start: ${message}`),
    );
  });

  it('takes another port when the first is taken before it starts', async () => {
    const engine = findEngine();
    const commandLines = [programOf('process.exit(1)').commandLine, engine.commandLine];
    const { endpoint } = await start({
      name: 'example',
      commandLine: (...place) => commandLines.shift()?.(...place) ?? [],
    });
    expect(await tableNames(endpoint)).toEqual([]);
  });

  it.each(['dynoxide', 'dynalite'])(
    '%s has the port that it is given, also right after another one had it, and says so where it is taken',
    async (name) => {
      const program = findEngine(name === 'dynalite' ? moduleWith('dynalite') : undefined);
      const port = await portThatNobodyIsGiven();
      const first = await start(program, undefined, port);
      await expect(start(program, undefined, port)).rejects.toThrow(
        new StartupError(
          `port ${port} is taken: choose another one with --dynamodb-port N, or a free one with --dynamodb-port 0`,
        ),
      );
      expect(await tableNames(first.endpoint)).toEqual([]);
      await first.shutdown.end();
      const second = await start(program, undefined, port);
      expect(second.endpoint).toBe(first.endpoint);
      expect(await tableNames(second.endpoint)).toEqual([]);
    },
  );

  it('that ends by itself is a failure', async () => {
    const { failure } = await start(programOf('console.log("listening"); setTimeout(() => process.exit(2), 20)'));
    await expect(failure).rejects.toThrow(new StartupError('the embedded DynamoDB (example) ended: exit code 2'));
  });

  it('cannot keep its data in a file', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(start(findEngine(), file)).rejects.toThrow(`--data ${file}: EEXIST`);
  });
});

describe('a DynamoDB of one’s own', () => {
  it('is refused when something else answers there', async () => {
    const server = createServer((_request, response) => response.end('<html></html>')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${z.object({ port: z.number() }).parse(server.address()).port}`;
    await expect(reachDynamodb(endpoint)).rejects.toThrow(
      new StartupError(`DynamoDB at ${endpoint} cannot be used: what answers there does not speak its protocol`),
    );
  });
});
