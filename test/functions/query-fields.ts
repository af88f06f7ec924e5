import { SAVED_QUERIES } from '../../infra/monitoring/saved-queries.ts';

/** What stands in queries and is no field of a log line. */
const WORDS = new Set(
  'fields filter sort stats limit as by asc desc and or in like not coalesce ispresent count latest max'.split(' '),
);

/** The fields of log lines that a saved query asks for, but for CloudWatch's own, which begin with `@`. */
export function fieldsOfQuery(id: string): readonly string[] {
  const text = SAVED_QUERIES.find((query) => query.id === id)?.text ?? '';
  const code = text
    .split('\n')
    // A filter that is commented out is one too; a sentence is not.
    .map((line) => line.replace(/^# (?=\|)/, ''))
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/"[^"]*"|\/[^/\n]*\//g, '');
  const made = new Set(Array.from(code.matchAll(/\bas (\w+)/g), ([, name]) => name));
  const names = code.match(/@?[a-zA-Z_][\w.]*/g) ?? [];
  return [...new Set(names)].filter((name) => !(WORDS.has(name) || made.has(name) || name.startsWith('@')));
}

/** The fields of JSON lines as CloudWatch Logs Insights names them: those of objects and lists behind a dot. */
export function fieldsOfLines(log: string): readonly string[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{"level"'));
  return [...new Set(lines.flatMap((line) => namesIn(JSON.parse(line), '')))];
}

function namesIn(value: unknown, name: string): string[] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, member]) => namesIn(member, name === '' ? key : `${name}.${key}`))
    : [name];
}
