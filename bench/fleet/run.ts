import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withTable } from '../document-table.ts';
import { DOCUMENTED, fleetTable } from './rates.ts';

const page = fileURLToPath(new URL('../../docs/scale.md', import.meta.url));
const table = fleetTable(DOCUMENTED.seconds, DOCUMENTED.seed);
writeFileSync(page, withTable(readFileSync(page, 'utf8'), 'fleet', table));
