import { expect, it } from 'vitest';
import { documentBlocks } from './document-blocks.ts';

// That the others compile is proved against the package: test/prove/package-contents.prove.ts.
it('the code in README.md, SECURITY.md and docs/ was tried by hand where it is not compiled, and that says so', () => {
  const others = documentBlocks().filter(({ mark }) => mark !== '');
  expect(new Set(others.map(({ page, mark }) => `${page}: ${mark}`))).toEqual(
    new Set(['docs/frameworks.md: tried-by-hand']),
  );
});
