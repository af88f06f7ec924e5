import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const page = fileURLToPath(new URL('../docs/threat-model.md', import.meta.url));
const threats = [...readFileSync(page, 'utf8').matchAll(/^\| ([EFKAD]\d+) ([STRIDE]) \| (.*) \|$/gm)].map(
  ([, id = '', , cells = '']) => ({ id, cells: cells.split(' | ') }),
);

it('each threat of the model has a control, and a test that is there', () => {
  expect(threats.length).toBeGreaterThan(30);
  expect(new Set(threats.map(({ id }) => id)).size).toBe(threats.length);
  for (const { id, cells } of threats) {
    const [threat, control, tests, ...others] = cells;
    expect([threat, control, tests].every(Boolean) && others.length === 0, id).toBe(true);
    const files = [...(tests ?? '').matchAll(/\]\((\.\.\/test\/[^)]+\.(?:test|prove)\.ts)\)/g)].map(
      ([, file = '']) => file,
    );
    expect(files, id).not.toEqual([]);
    expect(
      files.filter((file) => !existsSync(fileURLToPath(new URL(file, new URL('../docs/', import.meta.url))))),
    ).toEqual([]);
  }
});
