import { describe, expect, it } from 'vitest';
import { parseRelyingParties, secretIdsOf } from '../../../receiver/relying-parties/relying-parties.ts';

const party = { issuer: 'https://op.example.com', clientId: 'shop' };
const file = (...relyingParties: object[]) => JSON.stringify({ relyingParties });

const parse = (...relyingParties: object[]) => parseRelyingParties(file(...relyingParties), 'f.json').relyingParties;

describe('relying parties', () => {
  it('need an issuer and a client id, and get the compatible profile and defaults for the rest', () => {
    expect(parseRelyingParties(file(party), 'f.json')).toEqual({
      relyingParties: [
        {
          ...party,
          issuerAliases: [],
          allowPrivateAddresses: false,
          jwksMaxStaleSeconds: 86_400,
          algorithms: [
            ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
            ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
          ],
          trustedAudiences: [],
          typ: 'optional',
          requireExp: false,
          maxTokenAgeSeconds: 3600,
          replay: 'answer',
          clockToleranceSeconds: 60,
          sidAllowanceSeconds: 5,
          subAllowanceSeconds: 2,
          maxSessionLifetimeSeconds: 2_592_000,
          requireEncryption: false,
          frontchannelLogout: false,
        },
      ],
      maxBodyBytes: 16_384,
      maxTokenBytes: 16_384,
    });
  });

  it('can say everything', () => {
    const full = {
      ...party,
      issuerAliases: ['https://login.example.com'],
      jwksUri: 'https://keys.example.com/jwks?v=1',
      allowPrivateAddresses: true,
      jwksMaxStaleSeconds: 3600,
      algorithms: ['ES256', 'HS512'],
      trustedAudiences: ['https://api.example.com'],
      typ: 'logout+jwt',
      requireExp: true,
      maxTokenAgeSeconds: 120,
      replay: 'refuse',
      clockToleranceSeconds: 0,
      sidAllowanceSeconds: 60,
      subAllowanceSeconds: 0,
      maxSessionLifetimeSeconds: 86_400,
      clientSecret: { secretId: 'clients/shop' },
      decryptionKeys: { secretId: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys/shop-a1B2c3' },
      requireEncryption: true,
      frontchannelLogout: true,
    };
    const limits = { maxBodyBytes: 1_048_576, maxTokenBytes: 1024 };
    expect(parseRelyingParties(JSON.stringify({ relyingParties: [full], ...limits }), 'f.json')).toEqual({
      relyingParties: [full],
      ...limits,
    });
  });

  it('of the strict profile are judged as OWASP ASVS 5.0, 10.5.5, has it', () => {
    expect(parse({ ...party, profile: 'strict' })).toMatchObject([
      { typ: 'logout+jwt', requireExp: true, maxTokenAgeSeconds: 120, replay: 'refuse', requireEncryption: false },
    ]);
  });

  it('of the strict profile take encrypted tokens only, where they can decrypt them', () => {
    const decryptionKeys = { secretId: 'keys' };
    expect(parse({ ...party, profile: 'strict', decryptionKeys })).toMatchObject([{ requireEncryption: true }]);
    expect(parse({ ...party, decryptionKeys })).toMatchObject([{ requireEncryption: false }]);
  });

  it.each([
    { typ: 'optional' },
    { requireExp: false },
    { maxTokenAgeSeconds: 600 },
    { replay: 'answer' },
    { requireEncryption: false },
  ])('can override one rule of their profile: %o', (override) => {
    const strict = { ...party, profile: 'strict', decryptionKeys: { secretId: 'keys' } };
    const [before] = parse(strict);
    expect(parse({ ...strict, ...override })).toEqual([{ ...before, ...override }]);
  });

  it('name each secret once', () => {
    const keys = { decryptionKeys: { secretId: 'keys' } };
    const symmetric = { clientId: 'forum', algorithms: ['HS256'], clientSecret: { secretId: 'secret' } };
    expect(secretIdsOf(parse({ ...party, ...keys }, { ...party, ...symmetric, ...keys }))).toEqual(['keys', 'secret']);
  });

  it.each([
    'https://op.example.com/',
    'https://op.example.com/realms/a',
    'https://op.example.com:8443',
    'http://127.0.0.1:3000',
    'http://localhost:3000/oidc',
    'http://[::1]:3000',
  ])('may have the issuer %s, which stays as it is written', (issuer) => {
    expect(parse({ ...party, issuer })).toMatchObject([{ issuer }]);
  });

  it('may be in a file that begins with a byte order mark', () => {
    expect(parseRelyingParties(`\ufeff${file(party)}`, 'f.json').relyingParties).toHaveLength(1);
  });

  it.each(['a:b<c', '{3F2504E0-4F89-41D3-9A0C-0305E82C3301}', 'https://shop.example.com/{'])(
    'may have the client id %s',
    (clientId) => {
      expect(parse({ ...party, clientId })).toMatchObject([{ clientId }]);
    },
  );

  it('may share issuers and client ids, as long as each pair is there once', () => {
    const many = [party, { ...party, clientId: 'forum' }, { ...party, issuer: 'https://other.example.com' }];
    expect(parse(...many)).toHaveLength(3);
  });
});

const SECURE = /, allowed: an https: URL without query, fragment or \/\.well-known\/ \(http: only on loopback\)$/;

const TWICE =
  'f.json: relyingParties[1]: found an issuer (or alias) and clientId that stand already, allowed: each pair once';

describe('a relying parties file is refused, naming field, found and allowed', () => {
  it.each<[string, string, string | RegExp]>([
    ['no JSON', '{', /^f\.json: not JSON( \(line 1 column 2\))?$/],
    ['no JSON, with a secret in it', '{"clientSecret":hunter2}', /^f\.json: not JSON( \(line \d+ column \d+\))?$/],
    [
      'an object that holds a secret',
      '{"relyingParties":{"clientSecret":"hunter2"}}',
      /relyingParties: found an object, /,
    ],
    ['a list that holds a secret', '[{"clientSecret":"hunter2"}]', /the file: found a list, /],
    ['a list', '[]', 'f.json: the file: found [], allowed: an object with the field relyingParties'],
    ['no list', '{}', 'f.json: relyingParties: found nothing, allowed: a list of relying parties'],
    ['an empty list', file(), 'f.json: relyingParties: found [], allowed: a list of at least one relying party'],
    [
      'another field',
      JSON.stringify({ relyingParties: [party], x: 1 }),
      'f.json: x: found an unknown field, allowed: relyingParties, maxBodyBytes, maxTokenBytes',
    ],
    [
      'a misspelt field',
      file({ ...party, jwksUrl: 'x' }),
      /^f\.json: relyingParties\[0\]\.jwksUrl: found an unknown field, allowed: issuer, clientId, issuerAliases, jwksUri, /,
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
      'a symmetric algorithm without a secret',
      file({ ...party, algorithms: ['HS256'] }),
      'f.json: relyingParties[0].algorithms: found ["HS256"], allowed: HS256, HS384 and HS512 only with clientSecret',
    ],
    [
      'a secret without a symmetric algorithm, which would look as if it were used',
      file({ ...party, clientSecret: { secretId: 'a' } }),
      /clientSecret: found a value that is not shown \(object\), allowed: only with HS256, HS384 or HS512 in algorithms$/,
    ],
    [
      'the secret itself, which is not shown',
      file({ ...party, algorithms: ['HS256'], clientSecret: 'hunter2' }),
      /^(?!.*hunter2).*clientSecret: found a value that is not shown \(string\), allowed: an object with secretId/,
    ],
    [
      'the secret itself in place of its name, which is not shown',
      file({ ...party, algorithms: ['HS256'], clientSecret: { secretId: 'hunter 2' } }),
      /^(?!.*hunter).*clientSecret\.secretId: found a value that is not shown \(string\), allowed: /,
    ],
    [
      'a secret with another field',
      file({ ...party, decryptionKeys: { secretId: 'a', value: 'hunter2' } }),
      /^(?!.*hunter2).*decryptionKeys\.value: found an unknown field, allowed: secretId$/,
    ],
    [
      'an ARN that is not complete',
      file({ ...party, decryptionKeys: { secretId: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys' } }),
      /decryptionKeys\.secretId: found a value that is not shown/,
    ],
    [
      'encryption that is required without keys',
      file({ ...party, requireEncryption: true }),
      /requireEncryption: found true, allowed: true only with decryptionKeys$/,
    ],
    ['another profile', file({ ...party, profile: 'lax' }), /profile: found "lax", allowed: "compatible" or "strict"$/],
    ['an http alias', file({ ...party, issuerAliases: ['http://op.example.com'] }), /issuerAliases\[0\]: found "http:/],
    ['an empty audience', file({ ...party, trustedAudiences: [''] }), /trustedAudiences\[0\]: found ""/],
    ['another replay', file({ ...party, replay: 'ignore' }), /replay: found "ignore", allowed: "answer" or "refuse"$/],
    [
      'a tolerance of hours',
      file({ ...party, clockToleranceSeconds: 3600 }),
      /clockToleranceSeconds: found 3600, allowed: a whole number of seconds from 0 to 300$/,
    ],
    [
      'a limit of almost nothing',
      JSON.stringify({ relyingParties: [party], maxBodyBytes: 100 }),
      'f.json: maxBodyBytes: found 100, allowed: a whole number of bytes from 1024 to 1048576',
    ],
    [
      'tokens larger than the body that they come in',
      JSON.stringify({ relyingParties: [party], maxTokenBytes: 20_000 }),
      'f.json: maxTokenBytes: found 20000, allowed: not more than maxBodyBytes, 16384',
    ],
    ['alg none', file({ ...party, algorithms: ['ES256', 'none'] }), /algorithms\[1\]: found "none"/],
    ...[
      ['https://login.example.com/{tenantid}/v2.0', '{tenantid}'],
      ['https://login.example.com/%7Btenantid%7d/v2.0', '{tenantid}'],
      ['https://{tenant}.example.com', '{tenant}'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what a shell or a pipeline has not filled in
      ['https://${TENANT}.example.com', '${TENANT}'],
      ['https://op.example.com/realms/{{ realm }}', '{{ realm }}'],
      ['https://<your-tenant>.example.com', '<your-tenant>'],
      ['https://op.example.com/realms/%3Crealm%3E', '<realm>'],
      ['https://op.example.com/$(realm)', '$(realm)'],
    ].map(([issuer = '', placeholder]): [string, string, string] => [
      `an issuer with the placeholder ${issuer}`,
      file({ ...party, issuer }),
      `f.json: relyingParties[0].issuer: found "${issuer}", allowed: no placeholder: put the value in the place of ${placeholder}`,
    ]),
    [
      'a placeholder in an alias',
      file({ ...party, issuerAliases: ['https://a.example.com/{id}'] }),
      /issuerAliases\[0\]: found .*, allowed: no placeholder: put the value in the place of \{id\}$/,
    ],
    [
      'a placeholder in a jwksUri',
      file({ ...party, jwksUri: 'https://op.example.com/{id}/jwks' }),
      /jwksUri: found .*, allowed: no placeholder: .* \{id\}$/,
    ],
    [
      'a placeholder as client id',
      file({ ...party, clientId: '<client id>' }),
      /clientId: found "<client id>", allowed: no placeholder: .* <client id>$/,
    ],
    [
      'a placeholder as audience',
      file({ ...party, trustedAudiences: ['{client_id}'] }),
      /trustedAudiences\[0\]: found .*, allowed: no placeholder/,
    ],
    ['no algorithm', file({ ...party, algorithms: [] }), /algorithms: found \[\], allowed: a non-empty list of/],
    [
      'an age of a fraction',
      file({ ...party, maxTokenAgeSeconds: 1.5 }),
      /maxTokenAgeSeconds: found 1\.5, allowed: a whole number of seconds from 1 to 86400/,
    ],
    [
      'keys that are never too old',
      file({ ...party, jwksMaxStaleSeconds: 604_801 }),
      /jwksMaxStaleSeconds: found 604801/,
    ],
    [
      'keys that are too old at once',
      file({ ...party, jwksMaxStaleSeconds: 3599 }),
      /jwksMaxStaleSeconds: found 3599, allowed: a whole number of seconds from 3600 to 604800/,
    ],
    [
      'relying parties of an issuer that differ on where it may be',
      file({ ...party, allowPrivateAddresses: true }, { ...party, clientId: 'forum' }),
      /^f\.json: relyingParties\[1\]\.allowPrivateAddresses: found false, allowed: true, as for the other relying parties of "https:\/\/op\.example\.com"$/,
    ],
    [
      'relying parties of a jwksUri that differ on how old its keys may be',
      file(
        { ...party, jwksUri: 'https://keys.example.com/' },
        {
          issuer: 'https://twin.example.com',
          clientId: 'twin',
          jwksUri: 'https://keys.example.com/',
          jwksMaxStaleSeconds: 3600,
        },
      ),
      /relyingParties\[1\]\.jwksMaxStaleSeconds: found 3600, allowed: 86400, as for .* "https:\/\/keys\.example\.com\/"$/,
    ],
    [
      'a relying party that names the keys of an issuer which another one leaves to discovery',
      file(party, { ...party, clientId: 'forum', jwksUri: 'https://keys.example.com/' }),
      /relyingParties\[1\]\.jwksUri: found "https:\/\/keys\.example\.com\/", allowed: for each relying party of "https:\/\/op\.example\.com", or for none/,
    ],
    [
      'one that leaves to discovery what another one names',
      file({ ...party, jwksUri: 'https://keys.example.com/' }, { ...party, clientId: 'forum' }),
      /relyingParties\[1\]\.jwksUri: found nothing, allowed: for each relying party of .*, or for none/,
    ],
    [
      'relying parties that write one jwksUri in two ways and differ on its keys',
      file(
        { ...party, jwksUri: 'https://keys.example.com/' },
        {
          ...party,
          issuer: 'https://b.example.com',
          jwksUri: 'https://Keys.example.com:443',
          jwksMaxStaleSeconds: 3600,
        },
      ),
      /relyingParties\[1\]\.jwksMaxStaleSeconds: found 3600/,
    ],
    ['an age without end', file({ ...party, maxTokenAgeSeconds: 86_401 }), /maxTokenAgeSeconds: found 86401/],
    [
      'a lifetime of nothing',
      file({ ...party, maxSessionLifetimeSeconds: 0 }),
      /maxSessionLifetimeSeconds: found 0, allowed: a whole number of seconds from 60 to 31622400/,
    ],
    ['another typ', file({ ...party, typ: 'JWT' }), /typ: found "JWT", allowed: "logout\+jwt" or "optional"$/],
    [
      'an alias that stands for two issuers',
      file(
        { ...party, issuerAliases: ['https://login.example.com'] },
        { issuer: 'https://b.example.com', clientId: 'forum', issuerAliases: ['https://login.example.com'] },
      ),
      'f.json: relyingParties[1]: found "https://login.example.com", which stands for the issuer "https://op.example.com", allowed: one issuer for each name',
    ],
    [
      'an alias that is an issuer by itself',
      file(party, { issuer: 'https://b.example.com', clientId: 'forum', issuerAliases: [party.issuer] }),
      /^f\.json: relyingParties\[1\]: found "https:\/\/op\.example\.com", which stands for the issuer "https:/,
    ],
    ['the same pair twice', file(party, party), TWICE],
    ['an alias that is the issuer', file({ ...party, issuerAliases: [party.issuer] }), TWICE.replace('[1]', '[0]')],
    [
      'an alias that is the issuer of the same client elsewhere',
      file(party, { ...party, issuer: 'https://b.example.com', issuerAliases: [party.issuer] }),
      TWICE,
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

  it('that JSON.parse complains about over several lines', () => {
    expect(() => parseRelyingParties('{\n  "relyingParties": [\n  }\n', 'f.json')).toThrow(/^[^\n]+$/);
  });
});
