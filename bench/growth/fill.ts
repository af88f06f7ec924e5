// Fills tables of the embedded engine in its own file, while it is stopped. By its API, 5 million items take hours.
// Runs in a process of its own, on a Node.js that has SQLite; the plan comes in by stdin.
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface FillPlan {
  /** Of the engine. */
  readonly file: string;
  /** The table whose rows are copied. */
  readonly from: string;
  readonly copies: readonly Copies[];
}

/** Copies of all rows of the table, as the engine wrote them, with other texts in keys and attributes. */
export interface Copies {
  readonly to: string;
  readonly count: number;
  /** The same in all copies. Both texts are of one length, so that the sizes of items stay. */
  readonly replaced: readonly (readonly [text: string, by: string])[];
  /** Texts of which each copy has another one: its number takes the place of the first 12 characters. */
  readonly numbered: readonly string[];
  /** Number of the first copy. */
  readonly first: number;
}

interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly item_json: string;
  readonly item_size: number;
  readonly hash_prefix: string;
}

const DIGITS = 12;

const { file, from, copies }: FillPlan = JSON.parse(readFileSync(0, 'utf8'));
const database = new DatabaseSync(file);
// Faster than the engine's write-ahead log, which would hold all of it a second time.
database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000');
const rows = database.prepare(`SELECT pk, sk, item_json, item_size, hash_prefix FROM "${from}" ORDER BY pk, sk`).all();
database.exec('BEGIN');
for (const one of copies) {
  for (const row of rows) {
    // In the order of the keys, so that the index grows at its end.
    insert(one, JSON.parse(replacedIn(JSON.stringify(row), one)));
  }
}
database.exec('COMMIT; PRAGMA journal_mode = WAL');
database.close();

/** The prefix orders a Scan only, which nothing that is measured does: copies keep the one of their row. */
function insert({ to, count, numbered, first }: Copies, { pk, sk, item_json, item_size, hash_prefix }: Row): void {
  const withNumber = (text: string) =>
    numbered.reduce(
      (sql, _, index) => `replace(${sql}, :text${index}, printf('%0${DIGITS}d', i) || :rest${index})`,
      text,
    );
  const texts = numbered.flatMap((text, index) => [
    [`text${index}`, text],
    [`rest${index}`, text.slice(DIGITS)],
  ]);
  database
    .prepare(
      `WITH RECURSIVE numbers(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < :end)
      INSERT INTO "${to}" (pk, sk, item_json, item_size, hash_prefix)
      SELECT ${withNumber(':pk')}, ${withNumber(':sk')}, ${withNumber(':item_json')}, :item_size, :hash_prefix FROM numbers`,
    )
    .run({ first, end: first + count, pk, sk, item_json, item_size, hash_prefix, ...Object.fromEntries(texts) });
}

function replacedIn(text: string, { replaced }: Copies): string {
  return replaced.reduce((result, [before, after]) => result.replaceAll(before, after), text);
}
