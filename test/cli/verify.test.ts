import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signedToken, startIssuer, type TestIssuer } from '../issuer.ts';
import { type Claims, encoded, encrypted, underHeader, validClaims } from '../logout-token.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { type CliRunOptions, runCli } from './cli-run.ts';

const ISSUER = 'https://op.example.com';
/** When the OP made the token. */
const MADE = '2026-11-27T10:00:00Z';
const IAT = Date.parse(MADE) / 1000;
const CLIENT_SECRET = 'a client secret of more than 32 octets';

let op: TestIssuer;
let directory: string;
let seal: (token: string) => Promise<string>;

beforeAll(async () => {
  op = await startIssuer('EdDSA');
  await op.addKey('EdDSA', 'unpublished', false);
  directory = mkdtempSync(join(tmpdir(), 'verify-test-'));
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { extractable: true });
  seal = (token) => encrypted(token, publicKey, { alg: 'ECDH-ES', enc: 'A256GCM', kid: 'enc' });
  const algorithms = ['EdDSA'];
  write('relying-parties.json', {
    relyingParties: [
      { issuer: ISSUER, clientId: 'shop', algorithms },
      { issuer: ISSUER, clientId: 'sealed', algorithms, decryptionKeys: { secretId: 'keys/sealed' } },
      { issuer: ISSUER, clientId: 'symmetric', algorithms: ['HS256'], clientSecret: { secretId: 'clients/symmetric' } },
    ],
  });
  write('jwks.json', { keys: op.published });
  write('secrets.json', {
    'clients/symmetric': CLIENT_SECRET,
    'keys/sealed': { keys: [{ ...(await exportJWK(privateKey)), alg: 'ECDH-ES', kid: 'enc' }] },
  });
  write('no-secrets.json', {});
});

afterAll(async () => {
  await op.stop();
  rmSync(directory, { recursive: true });
});

const path = (name: string) => join(directory, name);
const write = (name: string, content: unknown) => writeFileSync(path(name), JSON.stringify(content));

const claimsFor = (clientId: string, changes: Claims = {}) =>
  validClaims(ISSUER, clientId, { iat: IAT, exp: IAT + 120, jti: 'logout-1', sub: 'alice', sid: 'a1', ...changes });
const signed = async (changes?: Claims, kid?: string) =>
  await op.sign(claimsFor('shop', changes), { alg: 'EdDSA', ...(kid && { kid }) });
const forged = async () => (await signed()).replace(/[^.]*$/, encoded('x'.repeat(64)));
const sealed = async () => await seal(await op.sign(claimsFor('sealed'), { alg: 'EdDSA' }));
const symmetric = async () =>
  await signedToken(claimsFor('symmetric'), { alg: 'HS256' }, new TextEncoder().encode(CLIENT_SECRET));

/** What stands for the temporary directory in the output. */
const shown = (text: string) => text.replaceAll(directory, '.');

async function verify(args: readonly string[], options: CliRunOptions) {
  const run = await runCli(['verify', '--relying-parties', path('relying-parties.json'), ...args], options);
  return { ...run, output: shown(run.output), errors: shown(run.errors) };
}

/** Against the keys in a file, as of when the token was made. */
const offline = async (input: string, args: readonly string[] = [], isTerminal = false) =>
  await verify(['--jwks', path('jwks.json'), '--at', MADE, ...args.map((arg) => arg.replace('./', `${directory}/`))], {
    input,
    isTerminal,
  });

const SECRETS = ['--secrets', './secrets.json'];

describe('offline', () => {
  it.each<[string, () => Promise<string>, string[]?]>([
    ['that holds', signed],
    ['with white space and a byte order mark around it', async () => `\ufeff${await signed()}\r\n`],
    ['in the body of a request', async () => `state=x&logout_token=${await signed()}`],
    ['that has not expired by the clock tolerance', signed, ['--at', '2026-11-27T11:02:59+01:00']],
    ['encrypted', sealed, SECRETS],
    ['signed with a client secret', symmetric, SECRETS],
  ])('a token is accepted: one %s', async (_which, token, args = []) => {
    const run = await offline(await token(), [...args, '--json']);
    expect(run).toMatchObject({ exitCode: 0, errors: '' });
    expect(JSON.parse(run.output)).toMatchObject({
      verdict: 'accepted',
      ends: [{ issuer: ISSUER, scope: 'sid' }],
      claims: { sub: 'alice' },
    });
  });

  it.each<[string, string, () => Promise<string>, string[]?, string?]>([
    ['signature_invalid', 'signature', forged, [], './jwks.json has the usable keys "eddsa (OKP)".'],
    ['issuer_unknown', 'iss', () => signed({ iss: `${ISSUER}/` }), [], 'They differ by the slash at the end.'],
    ['audience_mismatch', 'aud', () => signed({ aud: 'other' }), [], 'has "shop", "sealed", "symmetric".'],
    ['alg_not_allowed', 'alg', async () => underHeader(await signed(), { alg: 'none' }), [], 'allows "EdDSA"'],
    ['nonce_present', 'nonce', () => signed({ nonce: 'n' })],
    ['token_expired', 'exp', signed, ['--at', String(IAT + 180)], 'when the token was made: --at '],
    ['iat_in_future', 'iat', signed, ['--at', String(IAT - 61)]],
    [
      'token_malformed',
      'serialization',
      async () => `${(await signed()).slice(0, 50)}\n${(await signed()).slice(50)}`,
      [],
      'There is white space in it',
    ],
    ['token_malformed', 'serialization', async () => 'no token'],
    ['logout_token_repeated', 'one-token', async () => 'logout_token=a&logout_token=b'],
    ['body_too_large', 'body-size', async () => 'x'.repeat(20_000)],
    ['decryption_failed', 'encryption', async () => `${(await sealed()).slice(0, -4)}AAAA`, SECRETS],
  ])('a token is refused with %s, by the rule %s', async (reason, rule, token, args = [], hint = undefined) => {
    const run = await offline(await token(), [...args, '--json']);
    const verdict = JSON.parse(run.output);
    expect(run).toMatchObject({ exitCode: 1, errors: '' });
    expect(verdict).toMatchObject({ verdict: 'refused', reason });
    expect(verdict.rules.filter(({ outcome }: { outcome: string }) => outcome === 'refused')).toMatchObject([
      { id: rule },
    ]);
    expect(verdict.hint ?? '').toContain(hint ?? '');
  });

  it.each<[string, string, number, () => Promise<string>, string[], string]>([
    ['deferred', 'key_not_found', 1, () => signed({}, 'unpublished'), [], 'keep the token'],
    ['undecided', 'secret_unavailable', 3, symmetric, [], 'clients/symmetric is needed: give it with --secrets FILE'],
    ['undecided', 'secret_unavailable', 3, sealed, ['--secrets', './no-secrets.json'], 'is not in ./no-secrets.json'],
  ])('a token is neither: %s with %s, exit code %i', async (verdict, reason, exitCode, token, args, said) => {
    const input = await token();
    expect(JSON.parse((await offline(input, [...args, '--json'])).output)).toMatchObject({ verdict, reason });
    const run = await offline(input, args);
    expect(run).toMatchObject({ exitCode, errors: '' });
    expect(run.output).toContain(said);
  });
});

describe('what cannot be understood', () => {
  it.each<[string, string, string[], string, CliRunOptions['environment']?]>([
    ['an empty input', ' \n', [], 'no logout token'],
    ['far too much of it', 'x'.repeat(3_000_000), [], 'standard input has more than 2097152 bytes'],
    [
      'a file of relying parties that is not there',
      '',
      ['--relying-parties', './none.json'],
      './none.json: cannot be read (ENOENT)',
    ],
    ['a JWKS that is not there', '', ['--jwks', './none.json'], './none.json: cannot be read (ENOENT)'],
    ['a JWKS that is none', '', ['--jwks', './secrets.json'], './secrets.json: allowed is a JWKS with a public key'],
    ['secrets that are none', '', ['--secrets', './none.json'], './none.json: cannot be read (ENOENT)'],
    ['a time without its zone', '', ['--at', '2026-11-27T10:00:00'], 'Allowed is a time as in'],
    ['a day that there is not', '', ['--at', '2026-02-30T10:00:00Z'], 'Allowed is a time as in'],
    ['milliseconds', '', ['--at', '1795773600000'], 'give seconds since 1970'],
  ])('is said in one line, with exit code 2: %s', async (_what, input, args, said) => {
    const run = await offline(input, args);
    expect(run).toMatchObject({ exitCode: 2, output: '' });
    expect(run.errors).toContain(said);
    expect(run.errors.replace('(add --help for help)\n', '')).toMatch(/^[^\n]*\n$/);
  });
});

describe('the text', () => {
  it('shows verdict, header, claims and each rule', async () => {
    expect((await offline(await signed())).output).toBe(`Accepted (judged as of 2026-11-27T10:00:00Z)
  It ends the sessions of its sid at the client "shop" of "https://op.example.com".
  Not known without the sessions table: whether it was delivered before.
  Keys: ./jwks.json.

Header
  alg  "EdDSA"
  kid  "eddsa"

Claims
  iss     "https://op.example.com"
  aud     "shop"
  iat     1795773600  2026-11-27T10:00:00Z
  exp     1795773720  2026-11-27T10:02:00Z, 120 s later
  jti     "logout-1"
  events  {"http://schemas.openid.net/event/backchannel-logout":{}}
  sub     "alice"
  sid     "a1"

Rules (✓ holds, ✗ does not hold, ? open, - not judged)
  - The request is a POST: needs the request (Back-Channel Logout 1.0, section 2.5)
  - Its body is a form: needs the request (Back-Channel Logout 1.0, section 2.5)
  ✓ The body is no larger than allowed (RFC 9110, section 15.5.14)
  - It has exactly one logout_token: needs the request (Back-Channel Logout 1.0, section 2.5)
  ✓ The token is no larger than allowed (RFC 8725, section 3.10)
  ✓ The token is in compact serialization (RFC 7515, section 7.1)
  ✓ If it is encrypted, it is to a key of the relying party (Back-Channel Logout 1.0, section 2.6, step 1)
  ✓ iss is a configured issuer (OpenID Connect Core 1.0, section 3.1.3.7, step 2)
  ✓ aud names a client of that issuer, and else only parties that it trusts (OpenID Connect Core 1.0, section 3.1.3.7, step 3)
  ✓ If there is an azp, it is that client (OpenID Connect Core 1.0, section 3.1.3.7, step 5)
  ✓ It is encrypted where the relying party requires it (Back-Channel Logout 1.0, section 2.6, step 1)
  ✓ alg is one that the relying party allows (Back-Channel Logout 1.0, section 2.6, step 3)
  ✓ The header has no crit and no b64 (RFC 7515, section 4.1.11)
  ✓ typ is that of a logout token (Back-Channel Logout 1.0, section 2.4)
  ✓ iat is neither in the future nor too long ago (OpenID Connect Core 1.0, section 3.1.3.7, step 10)
  ✓ exp has not passed (OpenID Connect Core 1.0, section 3.1.3.7, step 9)
  ✓ If there is an nbf, it has passed (RFC 7519, section 4.1.5)
  ✓ If there is a sub, it is a text (Back-Channel Logout 1.0, section 2.4)
  ✓ If there is a sid, it is a text (Back-Channel Logout 1.0, section 2.4)
  ✓ There is a sub or a sid (Back-Channel Logout 1.0, section 2.6, step 5)
  ✓ events has the back-channel logout event (Back-Channel Logout 1.0, section 2.6, step 6)
  ✓ There is no nonce (Back-Channel Logout 1.0, section 2.6, step 7)
  ✓ jti is a text (Back-Channel Logout 1.0, section 2.4)
  ✓ One key fits kid and alg, and can be used (OpenID Connect Core 1.0, section 10.1)
  ✓ The signature verifies (Back-Channel Logout 1.0, section 2.6, step 2)
  - No other logout had this jti: needs the sessions table (RFC 7519, section 4.1.7)
  - It was not delivered before, where the relying party refuses that: needs the sessions table (Back-Channel Logout 1.0, section 2.6, step 8)
`);
  });

  it('has colours on a terminal', async () => {
    const { output } = await offline(await signed({ iss: `${ISSUER}/` }), [], true);
    const [first, ...lines] = output.replaceAll('\u001b[', '[').split('\n');
    expect(first).toBe('[31mRefused: issuer_unknown[39m (judged as of 2026-11-27T10:00:00Z)');
    expect(lines).toContain(
      '  [31m✗[39m iss is a configured issuer: issuer_unknown [2m(OpenID Connect Core 1.0, section 3.1.3.7, step 2)[22m',
    );
  });

  it('lets nothing in a token steer the terminal, or fill it', async () => {
    const claims = { iss: '\u001b[2Jevil', '\u202e': '\u009b31m', long: 'x'.repeat(5000), deep: '' };
    // JSON.stringify could not write it.
    const deep = JSON.stringify(claims).replace('""', '['.repeat(2500) + ']'.repeat(2500));
    const token = await op.sign(deep, { alg: 'EdDSA' });
    for (const args of [[], ['--json']]) {
      const { output, exitCode } = await offline(token, args);
      expect(exitCode).toBe(1);
      expect(output).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
      expect(output).toContain('\\u001b[2Jevil');
      expect(output.length).toBeLessThan(10_000);
    }
  });
});

it('asks for the token on a terminal, and says that one on the command line is no secret any more', async () => {
  expect((await offline(await signed(), [], true)).errors).toContain('Paste the logout token');
  const run = await offline('', [await signed()]);
  expect(run.exitCode).toBe(0);
  expect(run.errors).toContain('A logout token is a secret until it expires');
});

describe('online', () => {
  const online = async (input: string, issuer: string) => {
    write('online.json', {
      relyingParties: ['shop', 'forum'].map((clientId) => ({ issuer, clientId, algorithms: ['EdDSA'] })),
    });
    return await verify(['--relying-parties', path('online.json')], { input });
  };

  it('the issuer is asked once, also for a token that is for two clients', async () => {
    const claims = validClaims(op.issuer, 'shop', { aud: ['shop', 'forum'], sub: 'alice' });
    const token = await op.sign(claims, { alg: 'EdDSA' });
    const run = await online(token, op.issuer);
    expect(run).toMatchObject({ exitCode: 0, errors: `Asking ${op.issuer} for its keys...\n` });
    expect(run.output).toContain('It ends the sessions of its sub, on all devices, at the client "shop"');
    expect(Object.fromEntries(op.requests)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
  });

  it('an issuer that has no keys to give leaves it open: exit code 3, and why', async () => {
    op.answerJwks = (response) => response.writeHead(503).end();
    onTestFinished(() => {
      op.answerJwks = undefined;
    });
    const token = await op.sign(validClaims(op.issuer, 'shop', { sub: 'alice' }), { alg: 'EdDSA' });
    const run = await online(token, op.issuer);
    expect(run.exitCode).toBe(3);
    expect(run.output).toContain('Not decided: jwks_unavailable');
    expect(run.output).toContain('? One key fits kid and alg, and can be used: jwks_unavailable');
    expect(run.output).toContain(`The cause: ${op.issuer}/jwks answered 503`);
  });

  it('nothing in the address of its keys steers the terminal', async () => {
    // The direction of what follows is turned round.
    const jwksPath = '/keys\u202e';
    const server = createServer((request, response) => {
      const isDiscovery = request.url?.startsWith('/.well-known/') === true;
      const document = isDiscovery ? { issuer, jwks_uri: `${issuer}${jwksPath}` } : { keys: op.published };
      response.writeHead(isDiscovery || isUp ? 200 : 503).end(JSON.stringify(document));
    });
    onTestFinished(() => stopServer(server));
    const issuer = await listen(server);
    const token = await op.sign(validClaims(issuer, 'shop', { sub: 'alice' }), { alg: 'EdDSA', kid: 'unpublished' });
    let isUp = false;
    expect((await online(token, issuer)).output).toContain(`The cause: ${issuer}/keys\\u202e answered 503`);
    isUp = true;
    expect((await online(token, issuer)).output).toContain(`${issuer}/keys\\u202e has the usable keys`);
  });

  it('what oidc-provider sends as the body of its logout request is accepted', async () => {
    const server = createServer();
    onTestFinished(() => stopServer(server));
    const issuer = await listen(server);
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const sent: string[] = [];
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: 'shop',
          client_secret: 'secret',
          redirect_uris: ['https://shop.example.com/callback'],
          backchannel_logout_uri: 'https://shop.example.com/logout',
          id_token_signed_response_alg: 'EdDSA',
        },
      ],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'EdDSA', use: 'sig', kid: 'op' }] },
      cookies: { keys: ['a key of this test run'] },
      enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
      features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
      fetch: async (_url, options) => {
        sent.push(String(options?.body));
        return new Response();
      },
    });
    server.on('request', provider.callback());
    const client = await provider.Client.find('shop');
    const send = client?.backchannelLogout;
    await (typeof send === 'function' && send.call(client, 'alice', 'a1'));
    const run = await online(sent.join(), issuer);
    expect(sent).toEqual([expect.stringMatching(/^logout_token=/)]);
    expect(run.output).toContain('Accepted');
    expect(run.exitCode).toBe(0);
  });
});
