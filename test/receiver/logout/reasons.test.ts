import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../../receiver/logout/reasons.ts';

const answers = readFileSync(new URL('../../../docs/answers.md', import.meta.url), 'utf8');

describe('a reason', () => {
  it.each(Object.entries(REASONS))(
    '%s is documented with its sentence, in characters that error_description may have',
    (reason, sentence) => {
      expect(`${reason}: ${sentence}`).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
      expect(answers).toContain(`| \`${reason}\` | ${sentence} |`);
    },
  );

  it('that is documented exists', () => {
    const documented = [...answers.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, reason]) => reason);
    expect(documented.sort()).toEqual(Object.keys(REASONS).sort());
  });
});
