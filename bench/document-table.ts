/** A table in Markdown. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The table of a document that stands behind `<!-- table: NAME -->`, which says that it is written by a program. */
const behindMark = (name: string) => new RegExp(`(?<=<!-- table: ${name} -->\\n\\n)(?:\\|.*\\n)*`);

/** @throws Error where the document has no such mark */
export function tableIn(document: string, name: string): string {
  const found = behindMark(name).exec(document);
  if (!found) {
    throw new Error(`the document has no mark <!-- table: ${name} -->`);
  }
  return found[0].trimEnd();
}

/** @throws Error where the document has no such mark */
export function withTable(document: string, name: string, table: string): string {
  tableIn(document, name);
  return document.replace(behindMark(name), () => `${table}\n`);
}
