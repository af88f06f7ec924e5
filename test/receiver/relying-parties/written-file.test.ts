import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { parseRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import { readWrittenRelyingPartiesFile, warningsAbout } from '../../../receiver/relying-parties/written-file.ts';
import { temporaryDirectory } from '../../local/functions/bundle.ts';

const party = { issuer: 'https://op.test', clientId: 'shop' };

function written(content: string | Uint8Array): string {
  const path = join(temporaryDirectory(), 'relying-parties.json');
  writeFileSync(path, content);
  return path;
}

describe('a relying parties file as somebody wrote it', () => {
  it.each(['', '\ufeff'])('is read, also behind %j', (mark) => {
    const path = written(`${mark}{\r\n  "relyingParties": [${JSON.stringify(party)}]\r\n}\r\n`);
    expect(readWrittenRelyingPartiesFile(path)).toEqual(
      parseRelyingParties(JSON.stringify({ relyingParties: [party] }), path),
    );
  });

  it('is refused in one line, with place and cause, and without what may be a secret', () => {
    const path = written('{"relyingParties":[{"clientSecret":"swordfish",}]}');
    expect(() => readWrittenRelyingPartiesFile(path)).toThrow(
      `${path}: not JSON: line 1, column 47: a comma before a closing bracket: JSON has no trailing commas`,
    );
  });

  it('is refused with the field at fault where it is JSON and breaks a rule', () => {
    const path = written('{"relyingParties":[{"issuer":"https://op.test"}]}');
    expect(() => readWrittenRelyingPartiesFile(path)).toThrow(`${path}: relyingParties[0].clientId: found nothing, `);
  });

  it('that is not there is refused', () => {
    expect(() => readWrittenRelyingPartiesFile('/no/such/file')).toThrow('/no/such/file: cannot be read (ENOENT)');
  });

  it('is not parsed by the functions that read it when it is deployed with the parser that diagnoses it', async () => {
    const handlers = [
      ...['backchannel-logout', 'deferred-logout', 'frontchannel-logout'],
      ...['interrupted-logout', 'jwks-refresh', 'session-ended'],
    ];
    const { metafile } = await build({
      entryPoints: handlers.map((name) =>
        fileURLToPath(new URL(`../../../functions/${name}/handler.ts`, import.meta.url)),
      ),
      ...{
        bundle: true,
        packages: 'external',
        platform: 'node',
        format: 'esm',
        outdir: 'out',
        write: false,
        metafile: true,
      },
    });
    const packages = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect(packages).toContain('zod/mini');
    expect(packages).not.toContain('jsonc-parser');
  });
});

describe('a warning', () => {
  const warnings = (...relyingParties: object[]) =>
    warningsAbout(parseRelyingParties(JSON.stringify({ relyingParties }), 'f.json').relyingParties);

  it('says which relying party names no algorithms, and what to write', () => {
    expect(warnings({ ...party, clientId: 'forum', algorithms: ['ES256'] }, party)).toEqual([
      'relyingParties[1] (https://op.test client shop) takes every signature algorithm: name the one that the OP signs logout tokens with, as in "algorithms": ["RS256"]',
    ]);
  });

  it.each([[['RS256']], [['PS256', 'ES256']]])('is not about a relying party with %j', (algorithms) => {
    expect(warnings({ ...party, algorithms })).toEqual([]);
  });
});
