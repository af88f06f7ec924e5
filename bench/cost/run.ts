import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withTable } from '../document-table.ts';
import { COST_TABLES } from './cost-tables.ts';

const page = fileURLToPath(new URL('../../docs/cost.md', import.meta.url));
let document = readFileSync(page, 'utf8');
for (const [name, table] of Object.entries(COST_TABLES)) {
  document = withTable(document, name, table);
}
writeFileSync(page, document);
