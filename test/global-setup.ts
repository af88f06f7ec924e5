import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProvidedContext } from 'vitest';
import type { TestProject } from 'vitest/node';
import { findEngine, startDynamodbEngine } from '../local/dynamodb/dynamodb-engine.ts';
import { readTables, type Table } from '../local/dynamodb/tables.ts';
import { createShutdown } from '../local/process/shutdown.ts';
import type { Stack } from '../local/template/cloud-assembly.ts';
import { synthesize } from '../local/template/synthesize.ts';
import { findOutput } from '../local/template/template-resources.ts';
import { removeAtExit } from './run-directory.ts';
import { buildStart } from './shared-synth/built-start.ts';
import { stacksJson } from './shared-synth/stacks.ts';

declare module 'vitest' {
  interface ProvidedContext {
    dynamodbEndpoint: string;
    /** Holds the synthesized stacks: see `stacksWith`. */
    stacksFile: string;
    /** What `npm start` runs, in a few files, with these stacks. */
    startFile: string;
    /** Holds the RSA keys that the processes of the run share: see `lentKeyPairs`. `npm run mutate` has none. */
    keysDirectory: string | undefined;
    /** As the synthesized template defines them. */
    tables: { sessions: Table; jwksCache: Table };
  }
}

/** One synth and one DynamoDB engine for the whole run; every test file makes tables of its own in it. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const shutdown = createShutdown();
  const relyingParties = fileURLToPath(new URL('../relying-parties.json', import.meta.url));
  const directory = mkdtempSync(fileURLToPath(new URL('../node_modules/.cache-test-run-', import.meta.url)));
  removeAtExit(directory);
  const [stacks, { endpoint }, startFile] = await Promise.all([
    synthesize(relyingParties, shutdown),
    startDynamodbEngine(findEngine(), undefined, shutdown),
    buildStart(directory),
  ]);
  const stacksFile = join(directory, 'stacks.json');
  writeFileSync(stacksFile, stacksJson(stacks));
  provide('dynamodbEndpoint', endpoint);
  provide('stacksFile', stacksFile);
  provide('startFile', startFile);
  provide('keysDirectory', directory);
  provide('tables', tablesOf(stacks));
  return () => shutdown.end();
}

export function tablesOf(stacks: readonly Stack[]): ProvidedContext['tables'] {
  const tables = readTables(stacks);
  const tableOf = (output: string) => {
    const name = findOutput(stacks, output);
    const table = tables.find(({ TableName }) => TableName === name);
    if (!table) {
      throw new Error(`the template has no table for its output ${output}`);
    }
    return table;
  };
  return { sessions: tableOf('SessionsTableName'), jwksCache: tableOf('JwksCacheTableName') };
}
