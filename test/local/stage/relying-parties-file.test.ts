import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRelyingPartiesFile } from '../../../local/stage/relying-parties-file.ts';
import { temporaryDirectory } from '../functions/bundle.ts';

const issuer = 'http://127.0.0.1:8082';
const own = ['shop', 'mail'].map((clientId) => ({ issuer, clientId, algorithms: ['RS256'] }));

describe('the relying parties file of the sample', () => {
  it('names its clients, by the same path at each start: what was synthesized is found by it', () => {
    const path = writeRelyingPartiesFile(issuer, ['shop', 'mail'], undefined);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ relyingParties: own });
    expect(writeRelyingPartiesFile(issuer, ['shop', 'mail'], undefined)).toBe(path);
    expect(writeRelyingPartiesFile('http://127.0.0.1:9082', ['shop', 'mail'], undefined)).not.toBe(path);
  });

  it('also names those of another file, with all that the file says', () => {
    const file = join(temporaryDirectory(), 'mine.json');
    const mine = { issuer: 'https://op.test', clientId: 'app', algorithms: ['PS256'] };
    writeFileSync(file, JSON.stringify({ relyingParties: [mine], maxBodyBytes: 2048 }));
    const path = writeRelyingPartiesFile(issuer, ['shop', 'mail'], file);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ relyingParties: [mine, ...own], maxBodyBytes: 2048 });
  });

  it('can be read by the user alone, also where it was there already', () => {
    const path = writeRelyingPartiesFile(issuer, ['shop'], undefined);
    chmodSync(dirname(path), 0o755);
    chmodSync(path, 0o644);
    writeRelyingPartiesFile(issuer, ['shop'], undefined);
    expect([dirname(path), path].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it('says what is wrong in the other file', () => {
    const file = join(temporaryDirectory(), 'mine.json');
    writeFileSync(file, '{"relyingParties":[{"issuer":"https://op.test"}]}');
    expect(() => writeRelyingPartiesFile(issuer, ['shop'], file)).toThrow(`${file}: relyingParties[0].clientId: `);
  });
});
