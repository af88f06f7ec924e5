import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRelyingParties, readRelyingPartiesFile } from '../../functions/relying-parties/relying-parties.ts';

const party = { issuer: 'https://op.example.com', clientId: 'shop' };
const file = (...relyingParties: object[]) => JSON.stringify({ relyingParties });

describe('relying parties', () => {
  it('need an issuer and a client id, and get defaults for the rest', () => {
    expect(parseRelyingParties(file(party), 'f.json')).toEqual([
      {
        ...party,
        algorithms: [
          'RS256',
          'RS384',
          'RS512',
          'PS256',
          'PS384',
          'PS512',
          'ES256',
          'ES384',
          'ES512',
          'EdDSA',
          'Ed25519',
        ],
        maxTokenAgeSeconds: 3600,
        maxSessionLifetimeSeconds: 2_592_000,
      },
    ]);
  });

  it('can say everything', () => {
    const full = {
      ...party,
      jwksUri: 'https://keys.example.com/jwks?v=1',
      algorithms: ['ES256'],
      maxTokenAgeSeconds: 120,
      maxSessionLifetimeSeconds: 86_400,
      typ: 'logout+jwt',
    };
    expect(parseRelyingParties(file(full), 'f.json')).toEqual([full]);
  });

  it.each([
    'https://op.example.com/',
    'https://op.example.com/realms/a',
    'https://op.example.com:8443',
    'http://127.0.0.1:3000',
    'http://localhost:3000/oidc',
    'http://[::1]:3000',
  ])('may have the issuer %s, which stays as it is written', (issuer) => {
    expect(parseRelyingParties(file({ ...party, issuer }), 'f.json')).toMatchObject([{ issuer }]);
  });

  it('may share issuers and client ids, as long as each pair is there once', () => {
    const many = [party, { ...party, clientId: 'forum' }, { ...party, issuer: 'https://other.example.com' }];
    expect(parseRelyingParties(file(...many), 'f.json')).toHaveLength(3);
  });
});

const SECURE = /, allowed: an https: URL without query, fragment or \/\.well-known\/ \(http: only on loopback\)$/;

describe('a relying parties file is refused, naming field, found and allowed', () => {
  it.each<[string, string, string | RegExp]>([
    ['no JSON', '{', /^f\.json: not JSON \(.*\)$/],
    ['a list', '[]', 'f.json: the file: found [], allowed: an object with the one field relyingParties'],
    ['no list', '{}', 'f.json: relyingParties: found nothing, allowed: a list of relying parties'],
    ['an empty list', file(), 'f.json: relyingParties: found [], allowed: a list of at least one relying party'],
    [
      'another field',
      JSON.stringify({ relyingParties: [party], x: 1 }),
      'f.json: x: found an unknown field, allowed: relyingParties',
    ],
    [
      'a misspelt field',
      file({ ...party, jwksUrl: 'x' }),
      /^f\.json: relyingParties\[0\]\.jwksUrl: found an unknown field, allowed: issuer, clientId, jwksUri, /,
    ],
    ['no issuer', file({ clientId: 'shop' }), /relyingParties\[0\]\.issuer: found nothing, allowed: an https: URL/],
    ['an http issuer', file({ ...party, issuer: 'http://op.example.com' }), SECURE],
    [
      'an http issuer that only looks like loopback',
      file({ ...party, issuer: 'http://127.0.0.1.example.com' }),
      SECURE,
    ],
    ['an issuer with a query', file({ ...party, issuer: 'https://op.example.com/?a=b' }), SECURE],
    ['an issuer with a fragment', file({ ...party, issuer: 'https://op.example.com/#' }), SECURE],
    ['an issuer with a blank behind it', file({ ...party, issuer: 'https://op.example.com ' }), SECURE],
    ['an issuer with backslashes', file({ ...party, issuer: 'https:\\\\op.example.com' }), SECURE],
    [
      'a discovery document as issuer',
      file({ ...party, issuer: 'https://op.example.com/.well-known/openid-configuration' }),
      SECURE,
    ],
    ['an issuer with credentials', file({ ...party, issuer: 'https://a:b@op.example.com' }), SECURE],
    [
      'an issuer that is no URL',
      file({ ...party, issuer: 'op.example.com' }),
      /found "op\.example\.com", allowed: an https: URL/,
    ],
    [
      'an empty client id',
      file({ ...party, clientId: '' }),
      /clientId: found "", allowed: a string of 1 to 1024 characters/,
    ],
    [
      'an http jwksUri',
      file({ ...party, jwksUri: 'http://op.example.com/jwks' }),
      /jwksUri: found "http:.*, allowed: an https: URL without fragment/,
    ],
    [
      'a symmetric algorithm',
      file({ ...party, algorithms: ['HS256'] }),
      /algorithms\[0\]: found "HS256", allowed: a non-empty list of RS256, /,
    ],
    ['alg none', file({ ...party, algorithms: ['ES256', 'none'] }), /algorithms\[1\]: found "none"/],
    ['no algorithm', file({ ...party, algorithms: [] }), /algorithms: found \[\], allowed: a non-empty list of/],
    [
      'an age of a fraction',
      file({ ...party, maxTokenAgeSeconds: 1.5 }),
      /maxTokenAgeSeconds: found 1\.5, allowed: a whole number of seconds from 1 to 86400/,
    ],
    ['an age without end', file({ ...party, maxTokenAgeSeconds: 86_401 }), /maxTokenAgeSeconds: found 86401/],
    [
      'a lifetime of nothing',
      file({ ...party, maxSessionLifetimeSeconds: 0 }),
      /maxSessionLifetimeSeconds: found 0, allowed: a whole number of seconds from 60 to 31622400/,
    ],
    ['another typ', file({ ...party, typ: 'JWT' }), /typ: found "JWT", allowed: "logout\+jwt", or leave it out/],
    [
      'the same pair twice',
      file(party, party),
      'f.json: relyingParties[1]: found the issuer and clientId of another entry, allowed: each pair once',
    ],
  ])('%s', (_case, json, message) => {
    expect(() => parseRelyingParties(json, 'f.json')).toThrow(message);
  });

  it('with every problem at once, in one line', () => {
    const error = (() => {
      try {
        return parseRelyingParties(file({ issuer: 'x', clientId: '' }, { ...party, typ: 1 }), 'f.json');
      } catch (caught) {
        return String(caught);
      }
    })();
    expect(error).toMatch(/\[0\]\.issuer: .*; relyingParties\[0\]\.clientId: .*; relyingParties\[1\]\.typ: /);
    expect(error).not.toContain('\n');
  });

  it('that is not there', () => {
    expect(() => readRelyingPartiesFile('/no/such/file.json')).toThrow('/no/such/file.json: cannot be read (ENOENT)');
  });

  it('that JSON.parse complains about over several lines', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'relying-parties-')), 'f.json');
    writeFileSync(path, '{\n  "relyingParties": [\n  }\n');
    expect(() => readRelyingPartiesFile(path)).toThrow(/^[^\n]+$/);
  });
});
