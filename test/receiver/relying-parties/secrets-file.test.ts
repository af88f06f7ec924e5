import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readSecretsFile, SecretsFileError } from '../../../receiver/relying-parties/secrets-file.ts';
import { temporaryDirectory } from '../../local/functions/bundle.ts';

function secretsFile(content: string): string {
  const file = join(temporaryDirectory(), 'secrets.json');
  writeFileSync(file, content);
  return file;
}

/** What reading the file throws. */
function errorOf(file: string): unknown {
  try {
    return readSecretsFile(file, ['clients/shop', 'keys/shop']);
  } catch (error) {
    return error;
  }
}

describe('a secrets file', () => {
  it('holds texts, and objects that stand for their JSON text, by secret id', () => {
    const file = secretsFile('{ "clients/shop": " a text ", "keys/shop": { "keys": [ { "kty": "oct" } ] } }');
    expect([...readSecretsFile(file, [])]).toEqual([
      ['clients/shop', ' a text '],
      ['keys/shop', '{"keys":[{"kty":"oct"}]}'],
    ]);
  });

  const value = 'allowed is a text that is not empty, or an object (a JWK Set)';
  it.each([
    ['is no JSON', '{"clients/shop":private}', 'not JSON: line 1, column 17: text without double quotes around it'],
    [
      'is cut off',
      '{"clients/shop":"private',
      'not JSON: line 1, column 17: a text whose closing double quote is missing, or that has a line break in it',
    ],
    ['is empty', '', 'not JSON: line 1, column 1: the file is empty'],
    [
      'has a secret twice',
      '{"private":"a","private":"b"}',
      'not JSON: line 1, column 16: a name that this object has already',
    ],
    ['is a list', '["private"]', 'allowed is an object with a secret for each secret id'],
    ['is a text', '"private"', 'allowed is an object with a secret for each secret id'],
    ['holds a number', '{"clients/shop":4711}', `clients/shop: ${value}`],
    ['holds an empty text', '{"keys/shop":""}', `keys/shop: ${value}`],
    [
      'holds a list and null',
      '{"clients/shop":["private"],"keys/shop":null,"private":"private"}',
      `clients/shop, keys/shop: ${value}`,
    ],
    [
      'has id and secret the wrong way round',
      '{"private":["clients/shop"]}',
      `a secret that no relying party names: ${value}`,
    ],
  ])('that %s is refused in one line, without a word of what is in it', (_what, content, problem) => {
    const file = secretsFile(content);
    const error = errorOf(file);
    expect(error).toEqual(new SecretsFileError(`${file}: ${problem}`));
    expect(inspect(error, { depth: null })).not.toMatch(/private|4711/);
  });

  it('that is not there is refused', () => {
    expect(errorOf('/nowhere/secrets.json')).toEqual(
      new SecretsFileError('/nowhere/secrets.json: cannot be read (ENOENT)'),
    );
  });
});
