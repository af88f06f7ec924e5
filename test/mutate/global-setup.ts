import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ProvidedContext } from 'vitest';
import type { TestProject } from 'vitest/node';
import { createShutdown, type Shutdown } from '../../local/process/shutdown.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { tablesOf } from '../global-setup.ts';

/** In the sandbox of one run of Stryker, which starts a process anew whenever a mutant hangs: those synthesize nothing. */
const TABLES_FILE = 'synthesized-tables.json';

/** As that of `npm test`, without what only tests need that start processes. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const shutdown = createShutdown();
  provide('dynamodbEndpoint', 'http://tables-in-process.invalid');
  provide('tables', await knownTables(shutdown));
  return () => shutdown.end();
}

async function knownTables(shutdown: Shutdown): Promise<ProvidedContext['tables']> {
  const isInSandbox = process.env.STRYKER_MUTATOR_WORKER !== undefined;
  if (isInSandbox && existsSync(TABLES_FILE)) {
    return JSON.parse(readFileSync(TABLES_FILE, 'utf8'));
  }
  const relyingParties = fileURLToPath(new URL('../../relying-parties.json', import.meta.url));
  const tables = tablesOf(await synthesize(relyingParties, shutdown));
  if (isInSandbox) {
    const own = `${TABLES_FILE}.${process.pid}`;
    writeFileSync(own, JSON.stringify(tables));
    renameSync(own, TABLES_FILE);
  }
  return tables;
}
