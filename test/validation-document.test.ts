import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../receiver/logout/reasons.ts';
import { PROFILES } from '../receiver/relying-parties/profiles.ts';
import { CLAIM_CASES } from './end-to-end/judging/claim-cases.ts';
import { ENCRYPTION_CASES } from './end-to-end/judging/encryption-cases.ts';
import { HEADER_CASES } from './end-to-end/judging/header-cases.ts';
import { KEY_CASES } from './end-to-end/judging/key-cases.ts';
import { REQUEST_CASES } from './end-to-end/judging/request-cases.ts';
import { SERIALIZATION_CASES } from './end-to-end/judging/serialization-cases.ts';

const projectFile = (path: string) => new URL(`../${path}`, import.meta.url);
const document = readFileSync(projectFile('docs/validation.md'), 'utf8');
const cases = [
  ...[REQUEST_CASES, SERIALIZATION_CASES, HEADER_CASES],
  ...[CLAIM_CASES, KEY_CASES, ENCRYPTION_CASES],
].flat();

const rows = [...document.matchAll(/^\| (.+) \| (.+) \| (`\w+`|accepted) \| (.+) \|$/gm)].map(
  ([, rule = '', source = '', reason = '', test = '']) => ({ rule, source, reason: reason.replaceAll('`', ''), test }),
);

describe('the document of the rules', () => {
  it.each(rows)('names a test that is there: $reason, $test', ({ reason, test }) => {
    const [, file, name] = /^(test\/\S+): (.+)$/.exec(test) ?? [];
    if (file && name) {
      expect(existsSync(projectFile(file))).toBe(true);
      expect(readFileSync(projectFile(file), 'utf8')).toContain(name);
    } else {
      expect(cases.filter((given) => given.name === test).map((given) => given.reason ?? 'accepted')).toContain(reason);
    }
  });

  it('has a rule for every reason', () => {
    expect(Object.keys(REASONS).filter((reason) => !rows.some((row) => row.reason === reason))).toEqual([]);
  });

  it('tells what the profiles are', () => {
    for (const [rule, compatible] of Object.entries(PROFILES.compatible)) {
      const strict = Object.entries(PROFILES.strict).find(([name]) => name === rule)?.[1];
      const row = document.split('\n').find((line) => line.startsWith(`| \`${rule}\` |`));
      expect(row).toMatch(
        new RegExp(`\\| .*"?${compatible}"?.* \\| .*"?${String(strict).replace('+', '\\+')}"?.* \\|$`),
      );
    }
  });
});
