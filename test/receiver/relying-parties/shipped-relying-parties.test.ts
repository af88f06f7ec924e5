import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { checkRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import { readShippedRelyingParties, shippedText } from '../../../receiver/relying-parties/shipped-relying-parties.ts';
import { temporaryDirectory } from '../../local/functions/bundle.ts';

const relyingParties = [
  { issuer: 'https://op.example.com', clientId: 'shop', algorithms: ['RS256'] },
  { issuer: 'https://op.example.com', clientId: 'café', issuerAliases: ['https://login.example.com'] },
];
const file = checkRelyingParties({ relyingParties, maxBodyBytes: 4096, maxTokenBytes: 2048 }, 'f.json');
const text = shippedText(file);

function read(content: string | Uint8Array) {
  const path = join(temporaryDirectory(), 'relying-parties.jsonl');
  writeFileSync(path, content);
  return readShippedRelyingParties(path);
}

describe('relying parties that are shipped with the functions', () => {
  it('are read as they were checked', () => {
    const index = read(text);
    expect(index).toMatchObject({ maxBodyBytes: 4096, maxTokenBytes: 2048 });
    expect(index.find('https://op.example.com', ['shop', 'café'])).toEqual(file.relyingParties);
  });

  // Whoever changes what stands in it gives the format another number.
  it('are written in format 1', () => {
    const settings = (aliases: string, algorithms: string) =>
      `{"algorithms":[${algorithms}],"allowPrivateAddresses":false,"clockToleranceSeconds":60,"frontchannelLogout":false,"issuerAliases":[${aliases}],"jwksMaxStaleSeconds":86400,"maxSessionLifetimeSeconds":2592000,"maxTokenAgeSeconds":3600,"replay":"answer","requireEncryption":false,"requireExp":false,"sidAllowanceSeconds":5,"subAllowanceSeconds":2,"trustedAudiences":[],"typ":"optional"}`;
    const all = '"RS256","RS384","RS512","PS256","PS384","PS512","ES256","ES384","ES512","EdDSA","Ed25519"';
    expect(text.split('\n')).toEqual([
      '["logout-receiver relying parties 1","eu0gbXhcucaHoH7dnCbLLXfZg2ajoLmL6ekO7i4DDss"]',
      '["clients","https://login.example.com","https://op.example.com",[["café",1]]]',
      '["clients","https://op.example.com","https://op.example.com",[["shop",0],["café",1]]]',
      '["limits",4096,2048]',
      `["settings",0,${settings('', '"RS256"')}]`,
      `["settings",1,${settings('"https://login.example.com"', all)}]`,
      '',
    ]);
  });

  const NOT_WRITTEN = 'not written by cdk synth of this version';
  const CHANGED = 'changed since cdk synth wrote it';
  it.each<[string, string | Uint8Array, string]>([
    ['empty', '', NOT_WRITTEN],
    ['as somebody wrote it', JSON.stringify({ relyingParties }), NOT_WRITTEN],
    ['as somebody wrote it, in lines', JSON.stringify({ relyingParties }, null, 2), NOT_WRITTEN],
    ['of another version', text.replace('parties 1', 'parties 2'), NOT_WRITTEN],
    ['of a later version', text.replace('parties 1', 'parties 10'), NOT_WRITTEN],
    ['without a line feed', text.slice(0, text.indexOf('\n')), NOT_WRITTEN],
    ['without its lines', text.slice(0, text.indexOf('\n') + 1), CHANGED],
    ['cut off', text.slice(0, -1), CHANGED],
    ['changed in one letter', text.replace('"RS256"', '"HS256"'), CHANGED],
    ['with a line more', `${text}["clients"]\n`, CHANGED],
  ])('are refused where the file is %s', (_case, content, problem) => {
    expect(() => read(content)).toThrow(new RegExp(`/relying-parties\\.jsonl: ${problem}$`));
  });

  it('are read without what checks them, which is loaded where they are in AppConfig', async () => {
    const { metafile } = await build({
      entryPoints: [fileURLToPath(new URL('../../../functions/runtime/relying-parties.ts', import.meta.url))],
      ...{ bundle: true, splitting: true, packages: 'external', platform: 'node', format: 'esm' },
      ...{ outdir: 'out', write: false, metafile: true },
    });
    const importsOf = (name: string, kind: string) =>
      metafile.outputs[name]?.imports.filter((imported) => imported.kind === kind).map(({ path }) => path) ?? [];
    const loaded = new Set(['out/relying-parties.js']);
    for (const name of loaded) {
      for (const path of importsOf(name, 'import-statement')) {
        loaded.add(path);
      }
    }
    expect([...loaded].filter((path) => path.includes('zod'))).toEqual([]);
    expect(importsOf('out/relying-parties.js', 'dynamic-import')).toEqual([
      expect.stringMatching(/appconfig-relying-parties/),
    ]);
  });

  it('are refused where there are none', () => {
    expect(() => readShippedRelyingParties('/no/such/file')).toThrow('/no/such/file: cannot be read (ENOENT)');
  });
});
