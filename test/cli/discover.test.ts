import { createServer } from 'node:https';
import { exportJWK, type JWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod/mini';
import { parseRelyingParties } from '../../receiver/relying-parties/relying-parties.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { lentKeyPairs } from '../key-pairs.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { privateCa } from '../private-ca.ts';
import { type CliRunOptions, runCli } from './cli-run.ts';
import { type RegisteringProvider, startRegisteringProvider } from './registering-provider.ts';

const Discovery = z.looseObject({
  findings: z.array(
    z.object({ code: z.string(), level: z.string(), text: z.string(), advice: z.optional(z.string()) }),
  ),
  chosen: z.nullable(z.object({ algorithms: z.array(z.string()), reason: z.string() })),
  relyingParty: z.nullable(z.looseObject({})),
  document: z.nullable(z.looseObject({})),
});

const ANNOUNCED = {
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
  end_session_endpoint: 'https://op.example.com/logout',
  id_token_signing_alg_values_supported: ['ES256'],
};

let op: TestIssuer;
let published: JWK[];

beforeAll(async () => {
  op = await startIssuer('ES256');
  published = op.published;
});
afterEach(() => {
  Object.assign(op, {
    discovery: ANNOUNCED,
    answerDiscovery: undefined,
    answerJwks: undefined,
    headers: {},
    published,
  });
  vi.useRealTimers();
});
afterAll(() => op.stop());

async function discovered(...args: string[]) {
  const { exitCode, output, errors } = await runCli([
    'discover',
    '--json',
    ...(args.length === 0 ? [op.issuer] : args),
  ]);
  expect(errors).toBe('');
  const discovery = Discovery.parse(JSON.parse(output));
  return { exitCode, ...discovery, codes: discovery.findings.map(({ code }) => code) };
}

const withoutPort = (text: string, issuer: string) => text.replaceAll(issuer, 'http://127.0.0.1:PORT');

describe('discover, with a real OP', () => {
  let provider: RegisteringProvider;
  beforeAll(async () => {
    provider = await startRegisteringProvider();
  });
  afterAll(() => provider.stop());

  const shown = async (options: CliRunOptions = {}) => {
    const { exitCode, output, errors } = await runCli(['discover', provider.issuer, '--client-id', 'shop'], options);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    return withoutPort(output, provider.issuer);
  };

  it('shows what the OP says, what works, and the relying parties entry', async () => {
    expect(await shown()).toMatchInlineSnapshot(`
      "http://127.0.0.1:PORT
        discovery document                        http://127.0.0.1:PORT/.well-known/openid-configuration
        its age                                   0 s; used for 600 s (no Cache-Control)
        jwks_uri                                  http://127.0.0.1:PORT/jwks
        end_session_endpoint                      http://127.0.0.1:PORT/session/end
        backchannel_logout_supported              true
        backchannel_logout_session_supported      true
        frontchannel_logout_supported             -
        frontchannel_logout_session_supported     -
        check_session_iframe                      -
        id_token_signing_alg_values_supported     RS256
        id_token_encryption_alg_values_supported  -
        id_token_encryption_enc_values_supported  -
        registration_endpoint                     http://127.0.0.1:PORT/reg

      Keys
        kid  use  alg    type      verifies
        op   sig  RS256  RSA 2048  RS256

      What works, and what does not
      ✓ Back-channel logout with sid: a sign-out ends the session of one device. Register the client with backchannel_logout_session_required: true.
      ✓ RP-initiated logout: an application can send its users to the end_session_endpoint to sign out at the OP.
      ✓ Clients can be registered by logout-receiver register ISSUER.
      ✓ The OP's clock and this machine's agree.
      ✓ One key verifies signatures.

      Relying parties file
      RS256 is the default of id_token_signed_response_alg.
      {
        "relyingParties": [
          {
            "issuer": "http://127.0.0.1:PORT",
            "clientId": "shop",
            "algorithms": [
              "RS256"
            ]
          }
        ]
      }
      "
    `);
  });

  it('has colours on a terminal only, and says the same there', async () => {
    const coloured = await shown({ isTerminal: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them.
    expect(coloured.replaceAll(/\x1b\[\d+m/g, '')).toBe(await shown());
    expect(coloured).toContain('\u001b[32m✓\u001b[39m Back-channel logout with sid');
  });

  it('prints one JSON document, whether --json stands before or after the command', async () => {
    const before = await runCli(['--json', 'discover', provider.issuer]);
    const after = await runCli(['discover', provider.issuer, '--json']);
    expect(JSON.parse(before.output)).toMatchObject({ issuer: provider.issuer, keys: [{ kid: 'op', size: 2048 }] });
    // Between the two, a second may begin.
    const atOneTime = (output: string) => output.replace(/"clockDifferenceSeconds": .+/, '');
    expect(atOneTime(after.output)).toBe(atOneTime(before.output));
  });

  it('prints an entry that the receiver takes once the client id stands in it', async () => {
    const read = async (...args: string[]) => {
      const { relyingParty } = await discovered(provider.issuer, ...args);
      return parseRelyingParties(JSON.stringify({ relyingParties: [relyingParty] }), 'the file').relyingParties[0];
    };
    expect(await read('--client-id', 'shop')).toMatchObject({ clientId: 'shop', algorithms: ['RS256'] });
    await expect(read()).rejects.toThrow('no placeholder: put the value in the place of <client id>');
  });
});

describe('discover says what the receiver refuses, and what to do:', () => {
  it.each<[string, () => void, code: string, text: RegExp, advice: RegExp]>([
    [
      'the document of another issuer',
      () => Object.assign(op, { discovery: { issuer: 'https://other.example.com' } }),
      'issuer_mismatch',
      /names another issuer: https:\/\/other\.example\.com\. /,
      /Type https:\/\/other\.example\.com,/,
    ],
    [
      'a slash that is missing',
      () => Object.assign(op, { discovery: { issuer: `${op.issuer}/` } }),
      'issuer_mismatch',
      /:\d+\/, with a slash at its end/,
      /^Type http:\/\/127\.0\.0\.1:\d+\/,/,
    ],
    [
      'the document of all tenants',
      () => Object.assign(op, { discovery: { issuer: 'https://op.example.com/{tenantid}/v2.0' } }),
      'issuer_mismatch',
      /\{tenantid\}/,
      /^Put the value in the place of \{tenantid\}/,
    ],
    [
      'a document without jwks_uri',
      () => Object.assign(op, { discovery: { jwks_uri: undefined } }),
      'metadata_missing',
      /has no jwks_uri that is a text/,
      /address in a browser/,
    ],
    [
      'keys by http',
      () => Object.assign(op, { discovery: { jwks_uri: 'http://op.example.com/jwks' } }),
      'jwks_uri_not_https',
      /not https: http:\/\/op\.example\.com\/jwks$/,
      /https/,
    ],
    [
      'keys inside a private network',
      () => Object.assign(op, { discovery: { ...ANNOUNCED, jwks_uri: 'https://10.0.0.1/jwks' } }),
      'address_not_allowed',
      /https:\/\/10\.0\.0\.1 is an address that is not allowed/,
      /--allow-private-addresses/,
    ],
    [
      'a redirect',
      () => {
        op.answerDiscovery = (response) => response.writeHead(301, { location: 'https://www.example.com/x' }).end();
      },
      'redirected',
      /answered 301, a redirect to https:\/\/www\.example\.com\/x$/,
      /follows no redirects/,
    ],
    [
      'a page that is not there',
      () => {
        op.answerDiscovery = (response) => response.writeHead(404).end();
      },
      'status_unexpected',
      /answered 404$/,
      /in a browser/,
    ],
    [
      'a login page',
      () => {
        op.answerDiscovery = (response) => response.end('<html>');
      },
      'not_json',
      /not JSON/,
      /login page/,
    ],
    [
      'a list',
      () => {
        op.answerDiscovery = (response) => response.end('[]');
      },
      'not_an_object',
      /no object/,
      /in a browser/,
    ],
    [
      'an answer that cannot be unpacked',
      () => {
        op.answerDiscovery = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('{}');
      },
      'not_readable',
      /cannot be read \(Z_DATA_ERROR\)/,
      /in a browser/,
    ],
    [
      'keys that are an error in plain text, as WSO2 has them',
      () => {
        op.answerJwks = (response) => response.end('Error while accessing the keys');
      },
      'not_json',
      /jwks answered what is not JSON/,
      /error page/,
    ],
    [
      'keys at an address where nothing answers',
      () => Object.assign(op, { discovery: { ...ANNOUNCED, jwks_uri: 'http://127.0.0.1:1/jwks' } }),
      'not_reached',
      /^http:\/\/127\.0\.0\.1:1\/jwks cannot be reached \(ECONNREFUSED\)$/,
      /firewalls/,
    ],
    [
      'keys that are no list',
      () => {
        op.answerJwks = (response) => response.end('{"keys":{}}');
      },
      'no_jwks',
      /no JWK Set/,
      /operator/,
    ],
  ])('%s', async (_case, arrange, code, text, advice) => {
    arrange();
    const { exitCode, findings, relyingParty } = await discovered();
    expect({ exitCode, relyingParty }).toEqual({ exitCode: 1, relyingParty: null });
    expect(findings.find(({ level }) => level === 'problem')).toEqual({
      code,
      level: 'problem',
      text: expect.stringMatching(text),
      advice: expect.stringMatching(advice),
    });
  });

  it('an issuer inside a private network', async () => {
    const { exitCode, codes } = await discovered('https://127.0.0.1:1');
    expect({ exitCode, codes }).toEqual({ exitCode: 1, codes: ['address_not_allowed'] });
  });

  it('a certificate of a private CA', async () => {
    const server = createServer(privateCa.localhost);
    onTestFinished(() => stopServer(server));
    const issuer = (await listen(server)).replace('http:', 'https:');
    const { exitCode, findings } = await discovered(issuer, '--allow-private-addresses');
    expect({ exitCode, findings }).toEqual({
      exitCode: 1,
      findings: [
        {
          code: 'certificate_not_trusted',
          level: 'problem',
          text: expect.stringContaining('the certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'),
          advice: expect.stringMatching(/NODE_EXTRA_CA_CERTS=FILE.*extraCa=FILE/),
        },
      ],
    });
  });

  it('an OP that does not answer, which exits with 3', async () => {
    const { exitCode, output, errors } = await runCli(['discover', 'http://127.0.0.1:1']);
    expect({ exitCode, output }).toEqual({ exitCode: 3, output: '' });
    expect(errors).toMatch(
      /^logout-receiver: http:\/\/127\.0\.0\.1:1\/\S+ cannot be reached \(ECONNREFUSED\)\n.*firewalls/,
    );
  });
});

describe('discover says in words what works:', () => {
  it.each<[string, object, exitCode: number, codes: string[]]>([
    ['back-channel logout by sid', {}, 0, ['backchannel_sid', 'end_session_endpoint']],
    [
      'back-channel logout by sub alone',
      { backchannel_logout_session_supported: undefined },
      0,
      ['backchannel_sub_only', 'end_session_endpoint'],
    ],
    [
      'front-channel logout alone',
      { backchannel_logout_supported: false, frontchannel_logout_supported: true },
      1,
      ['backchannel_not_announced', 'frontchannel', 'end_session_endpoint'],
    ],
    [
      'nothing',
      { backchannel_logout_supported: undefined, end_session_endpoint: undefined },
      1,
      ['backchannel_not_announced', 'end_session_endpoint_missing'],
    ],
    [
      'a text where there should be true counts as nothing',
      { backchannel_logout_supported: 'true' },
      1,
      ['metadata_malformed', 'backchannel_not_announced', 'end_session_endpoint'],
    ],
    [
      'the frame, encryption and registration',
      {
        check_session_iframe: 'https://op.example.com/frame',
        id_token_encryption_alg_values_supported: ['RSA-OAEP', 'ECDH-ES'],
        registration_endpoint: 'https://op.example.com/register',
      },
      0,
      ['backchannel_sid', 'end_session_endpoint', 'session_management', 'encryption', 'registration'],
    ],
    [
      'encryption that the receiver cannot open',
      { id_token_encryption_alg_values_supported: ['RSA1_5'] },
      0,
      ['backchannel_sid', 'end_session_endpoint', 'encryption_unknown'],
    ],
  ])('%s', async (_case, discovery, exitCode, codes) => {
    op.discovery = { ...ANNOUNCED, ...discovery };
    expect(await discovered()).toMatchObject({ exitCode, codes: [...codes, 'clock', 'signing_keys'] });
  });

  it.each<[string, seconds: number, exitCode: number, text: string]>([
    ['of the same time', -2, 0, "The OP's clock and this machine's agree."],
    [
      'that is somewhat slow',
      -30,
      0,
      "The OP's clock is at least 29 s behind this machine's, as its Date header says.",
    ],
    [
      'that is too far ahead',
      90,
      1,
      "The OP's clock is at least 90 s ahead of this machine's, as its Date header says.",
    ],
  ])('a clock %s', async (_case, seconds, exitCode, text) => {
    const now = Date.UTC(2026, 10, 27, 12);
    vi.useFakeTimers({ toFake: ['Date'], now });
    op.headers = { date: new Date(now + seconds * 1000).toUTCString() };
    const { exitCode: found, findings } = await discovered();
    expect(found).toBe(exitCode);
    expect(findings.find(({ code }) => code.startsWith('clock'))?.text).toBe(text);
  });

  it('a document that comes from a cache, whose age is no difference of clocks', async () => {
    const now = Date.UTC(2026, 10, 27, 12);
    vi.useFakeTimers({ toFake: ['Date'], now });
    op.headers = { date: new Date(now - 7200_000).toUTCString(), age: '7200', 'cache-control': 'max-age=86400' };
    const { codes, document } = await discovered();
    expect(codes).toEqual(expect.arrayContaining(['clock', 'document_old']));
    expect(document).toMatchObject({ ageSeconds: 7201, freshSeconds: 3600, cacheControl: 'max-age=86400' });
  });
});

it.each(['answerDiscovery', 'answerJwks'] as const)('discover says where an answer is slow: %s', async (answers) => {
  const now = Date.UTC(2026, 10, 27, 12);
  vi.useFakeTimers({ toFake: ['Date'], now });
  op.headers = { date: new Date(now).toUTCString() };
  op[answers] = (response) => {
    vi.setSystemTime(now + 4000);
    response
      .writeHead(200, op.headers)
      .end(JSON.stringify({ issuer: op.issuer, jwks_uri: `${op.issuer}/jwks`, ...ANNOUNCED, keys: op.published }));
  };
  const { exitCode, findings } = await discovered();
  expect(exitCode).toBe(0);
  expect(findings.find(({ code }) => code === 'slow')?.text).toMatch(/took 4 s\. Within a logout request/);
});

describe('discover looks at the keys:', () => {
  const RSA = { kty: 'RSA', e: 'AQAB', use: 'sig' };
  const rsa = (bits: number) => ({ ...RSA, n: Buffer.alloc(bits / 8, 0xff).toString('base64url') });
  const ec = (): JWK => ({ ...published[0], kid: 'ec' });

  it.each<[string, () => object[], exitCode: number, codes: string[]]>([
    ['one that is as it should be', () => [ec()], 0, ['signing_keys']],
    ['a private key', () => [{ ...ec(), d: 'AAAA' }], 1, ['private_key_published', 'signing_keys']],
    ['a secret', () => [ec(), { kty: 'oct', k: 'c2VjcmV0', kid: 's' }], 1, ['symmetric_key_published', 'signing_keys']],
    ['one that is too short', () => [ec(), { ...rsa(1024), kid: 'r' }], 1, ['key_too_short', 'signing_keys']],
    ['one without alg', () => [ec(), { ...rsa(2048), kid: 'r' }], 0, ['alg_missing', 'signing_keys']],
    ['one of a new type', () => [ec(), { kty: 'AKP', kid: 'a', pub: 'AAAA' }], 0, ['key_skipped', 'signing_keys']],
    ['one whose members are broken', () => [ec(), { ...RSA, n: 7 }], 0, ['key_skipped', 'signing_keys']],
    ['one that is no object', () => [ec(), [], null].map(Object), 0, ['key_skipped', 'key_skipped', 'signing_keys']],
    ['one of another curve', () => [ec(), { ...ec(), crv: 'secp256k1' }], 0, ['key_unusable', 'signing_keys']],
    ['one for encryption alone', () => [{ ...ec(), use: 'enc' }], 1, ['no_signing_key']],
    ['none', () => [], 1, ['no_signing_key']],
    ['two of one kid', () => [ec(), { ...rsa(2048), alg: 'RS256', kid: 'ec' }], 0, ['kid_duplicate', 'signing_keys']],
    ['two, one without kid', () => [ec(), { ...rsa(2048), alg: 'RS256' }], 0, ['kid_missing', 'signing_keys']],
    [
      'more than are read',
      () => Array.from({ length: 101 }, (_, n) => ({ ...ec(), kid: `k${n}` })),
      0,
      ['keys_cut_off', 'signing_keys'],
    ],
  ])('%s', async (_case, keys, exitCode, codes) => {
    op.published = keys();
    const found = await discovered();
    const ofKeys = found.codes.slice(found.codes.indexOf('clock') + 1);
    expect({ exitCode: found.exitCode, ofKeys }).toEqual({ exitCode, ofKeys: codes });
  });

  it('shows them in a table', async () => {
    op.published = [ec(), rsa(2048), { ...rsa(1024), kid: 'r' }, { kty: 'AKP', kid: 'a', alg: 'ML-DSA-44' }];
    const { output } = await runCli(['discover', op.issuer]);
    expect(/^Keys$.*?(?=\n\n)/ms.exec(output)?.[0]).toMatchInlineSnapshot(`
      "Keys
        kid  use  alg        type      verifies
        ec   sig  ES256      EC P-256  ES256
        -    sig  -          RSA 2048  RS256 RS384 RS512 PS256 PS384 PS512
        r    sig  -          RSA 1024  nothing
        a    -    ML-DSA-44  AKP       nothing"
    `);
  });
});

describe('discover names the algorithms of the entry:', () => {
  const keyPairs = lentKeyPairs();
  afterAll(() => keyPairs.giveBack());

  const rsaKey = async (members: object = {}) => ({
    ...(await exportJWK((await keyPairs.take('RS256')).publicKey)),
    ...members,
  });

  it.each<[string, announced: string[] | undefined, () => Promise<JWK[]>, string[] | undefined, RegExp | undefined]>([
    ['RS256, the default', ['PS256', 'RS256'], async () => [await rsaKey()], ['RS256'], /default.*name that: PS256\.$/],
    ['the only one', ['none', 'ES256'], async () => published, ['ES256'], /the only one/],
    [
      'several, where nobody can know',
      ['PS256', 'ES256'],
      async () => [...published, await rsaKey()],
      ['PS256', 'ES256'],
      /^Leave only the one/,
    ],
    ['those of the keys, where none are announced', undefined, async () => published, ['ES256'], /the only one/],
    ['the first with a secret, where there is nothing else', ['HS256', 'HS512'], async () => [], ['HS256'], /secret/],
    ['none that the keys do not verify', ['RS256'], async () => published, undefined, undefined],
    ['never none', ['none'], async () => published, undefined, undefined],
  ])('%s', async (_case, announced, keys, algorithms, reason) => {
    op.discovery = { ...ANNOUNCED, id_token_signing_alg_values_supported: announced };
    op.published = await keys();
    const { chosen, codes } = await discovered();
    expect(chosen?.algorithms).toEqual(algorithms);
    expect(chosen?.reason).toEqual(reason && expect.stringMatching(reason));
    expect(codes.includes('algorithms_disjoint')).toBe(algorithms === undefined);
    expect(codes.includes('algorithms_not_announced')).toBe(announced === undefined);
  });

  it('with the name of a secret to fill in where they need one', async () => {
    op.discovery = { ...ANNOUNCED, id_token_signing_alg_values_supported: ['HS256'] };
    op.published = [];
    expect((await discovered()).relyingParty).toMatchObject({ clientSecret: { secretId: '<name of the secret>' } });
  });
});

it.each([
  ['without https://', 'op.example.com', 'Type https://op.example.com\n'],
  ['with http://', 'http://op.example.com', 'Type https://op.example.com\n'],
  [
    'that is the address of the document',
    'https://op.example.com/oauth2/token/.well-known/openid-configuration',
    'Type https://op.example.com/oauth2/token\n',
  ],
  ['with a query', 'https://op.example.com/?p=policy', 'Type https://op.example.com/\n'],
  ['with a placeholder', 'https://op.example.com/{tenant}', 'put the value in the place of {tenant}\n'],
  ['that is something else', 'ftp://op.example.com', 'an issuer is an https: URL'],
])('discover says what to type for an issuer %s', async (_case, typed, said) => {
  const { exitCode, output, errors } = await runCli(['discover', typed]);
  expect({ exitCode, output }).toEqual({ exitCode: 2, output: '' });
  expect(errors).toContain(said);
});

it.each(['text', 'json'])('what comes from the OP does nothing to a terminal and has an end: %s', async (form) => {
  const evil = '\u001b]0;title\u0007\u009b31m\u202e\r\n\u2028';
  op.discovery = {
    ...ANNOUNCED,
    end_session_endpoint: `https://op.example.com/${evil}`,
    registration_endpoint: 'x'.repeat(100_000),
    id_token_encryption_alg_values_supported: [evil],
  };
  op.published = [...published, { kty: evil, kid: evil, alg: evil, use: evil, crv: evil }];
  op.headers = { 'cache-control': 'x'.repeat(5000) };
  const { output } = await runCli(['discover', op.issuer, ...(form === 'json' ? ['--json'] : [])], {
    isTerminal: false,
  });
  expect(output).toContain('\\u001b]0;title');
  expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(output.split('\n').every((line) => line.length < 400) || form === 'json').toBe(true);
});
