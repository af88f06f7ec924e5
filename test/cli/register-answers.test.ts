import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type CliRunOptions, runCli } from './cli-run.ts';
import { type ScriptedRegistration, startScriptedRegistration } from './scripted-registration.ts';

const TOKEN = 'secret-token-of-this-test';
const SENT = {
  client_name: 'Shop',
  redirect_uris: ['https://shop.example.com/callback', 'https://shop.example.com/other'],
  backchannel_logout_uri: 'https://receiver.example.com/backchannel-logout',
  backchannel_logout_session_required: true,
};
const SHOP = [
  ...['--client-name', SENT.client_name, '--backchannel-logout-uri', SENT.backchannel_logout_uri],
  ...SENT.redirect_uris.flatMap((uri) => ['--redirect-uri', uri]),
];

const Registered = z.object({
  client: z.looseObject({}),
  secretsFile: z.nullable(z.string()),
  findings: z.array(
    z.object({ code: z.string(), level: z.string(), text: z.string(), advice: z.optional(z.string()) }),
  ),
});

let op: ScriptedRegistration;
let directory: string;

beforeAll(async () => {
  op = await startScriptedRegistration();
  directory = mkdtempSync(join(tmpdir(), 'register-'));
});
beforeEach(() => {
  op.discovery = { registration_endpoint: `${op.issuer}/register` };
});
afterEach(() => {
  op.requests.length = 0;
});
afterAll(async () => {
  await op.stop();
  rmSync(directory, { recursive: true, force: true });
});

const json = (status: number, body: object) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const register = async (args: readonly string[], options: CliRunOptions = {}) => {
  const environment = { LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN: TOKEN, LOGOUT_RECEIVER_REGISTRATION_ACCESS_TOKEN: TOKEN };
  const run = await runCli(['register', op.issuer, ...args], { environment, ...options });
  expect(run.output + run.errors).not.toContain(TOKEN);
  return run;
};

const registered = async (args: readonly string[], options: CliRunOptions = {}) => {
  const { exitCode, output, errors } = await register([...args, '--json'], options);
  expect(errors).toBe('');
  return { exitCode, ...Registered.parse(JSON.parse(output)) };
};

describe('register says what the OP made of a field:', () => {
  const { backchannel_logout_session_required: _, ...withoutSessionRequired } = SENT;
  const { backchannel_logout_uri: __, ...withoutUri } = SENT;
  const { client_name: ___, ...withoutName } = SENT;

  it.each<[string, args: string[], answer: object, exitCode: number, said: string[]]>([
    ['taken', [], SENT, 0, []],
    ['a list in another order is taken', [], { ...SENT, redirect_uris: SENT.redirect_uris.toReversed() }, 0, []],
    [
      'a logout field that is dropped',
      [],
      withoutSessionRequired,
      1,
      ['problem backchannel_logout_session_required: dropped, by what the OP answers'],
    ],
    [
      'a field that is not sent and not answered is not mentioned',
      ['--no-backchannel-logout-session-required'],
      withoutSessionRequired,
      0,
      [],
    ],
    [
      'a logout URI that is dropped',
      [],
      withoutUri,
      1,
      ['problem backchannel_logout_uri: dropped, by what the OP answers'],
    ],
    [
      'a logout URI that is changed',
      [],
      { ...SENT, backchannel_logout_uri: 'https://op.example.com/' },
      1,
      ['problem backchannel_logout_uri: changed to "https://op.example.com/"'],
    ],
    ['another field that is dropped', [], withoutName, 0, ['note client_name: dropped, by what the OP answers']],
    [
      'another field that is changed, with characters that are not for a terminal',
      [],
      { ...SENT, client_name: 'Shop\u001b[31m\u202e' },
      0,
      ['note client_name: changed to "Shop\\u001b[31m\\u202e"'],
    ],
    ['what is added', [], { ...SENT, subject_type: 'pairwise' }, 0, []],
    [
      'nothing, where the answer has no client_id',
      [],
      { ...SENT, client_id: undefined },
      1,
      ['problem The answer has no client_id, which it must have (RFC 7591, section 3.2.1).'],
    ],
    [
      'a secret that expires',
      [],
      { ...SENT, client_secret: 's', client_secret_expires_at: 1_800_000_000 },
      0,
      ['note The client secret expires at 2027-01-15T08:00:00.000Z.'],
    ],
  ])('%s', async (_case, args, answer, exitCode, said) => {
    op.answer = json(201, { client_id: 'shop', ...answer });
    const { exitCode: found, findings } = await registered([...SHOP, ...args]);
    const others = findings.filter(({ level }) => level !== 'good').map(({ level, text }) => `${level} ${text}`);
    expect({ found, others }).toEqual({ found: exitCode, others: said });
  });

  it('with why it matters, for people: an answer as WSO2 Identity Server gives it', async () => {
    const { client_name, redirect_uris } = SENT;
    const secrets = { client_id: 'shop', client_secret: 's3cret', client_secret_expires_at: 0 };
    op.answer = json(201, { ...secrets, client_name, redirect_uris, grant_types: ['authorization_code'] });
    const path = '/api/identity/oauth2/dcr/v1.1/register';
    const { exitCode, output } = await register(['--registration-endpoint', `${op.issuer}${path}`, ...SHOP], {
      isTerminal: true,
    });
    expect(exitCode).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them.
    const text = output.replaceAll(/\x1b\[\d+m/g, '').replaceAll(op.issuer, 'http://127.0.0.1:PORT');
    expect(text).toMatchInlineSnapshot(`
      "The OP has registered the client shop

      What it made of the request
      ✓ client_name: taken
      ✓ redirect_uris: taken
      ✗ backchannel_logout_uri: dropped, by what the OP answers
          If so, the OP sends no logout token to the receiver: look into its console. WSO2 Identity Server keeps it all the same.
      ✗ backchannel_logout_session_required: dropped, by what the OP answers
          The OP may name the user only, and all sessions of the user end: look into its console. WSO2 Identity Server drops it, and sends a sid all the same.

      Added by the OP
        grant_types  ["authorization_code"]

      Keep
      Secrets, shown this once: move them to where secrets are kept, and clear the screen.
      {
        "client_id": "shop",
        "client_secret": "s3cret",
        "client_secret_expires_at": 0
      }

      Next
      The relying parties entry:
        logout-receiver discover http://127.0.0.1:PORT --client-id shop
      "
    `);
    expect(op.requests).toMatchObject([
      { method: 'POST', path, headers: { authorization: `Bearer ${TOKEN}` }, body: SENT },
    ]);
  });
});

describe('register sends', () => {
  it('what the metadata file says, where no option says otherwise', async () => {
    const file = join(directory, 'metadata.json');
    writeFileSync(file, JSON.stringify({ client_name: 'File', id_token_signed_response_alg: 'ES256' }));
    op.answer = json(201, { client_id: 'shop' });
    await registered([...SHOP, '--metadata', file]);
    expect(op.requests[0]?.body).toEqual({ ...SENT, id_token_signed_response_alg: 'ES256' });
  });

  it('the front channel with sid', async () => {
    op.answer = json(201, { client_id: 'shop' });
    const uri = 'https://shop.example.com/frontchannel-logout';
    await registered(['--redirect-uri', 'https://shop.example.com/', '--frontchannel-logout-uri', uri]);
    expect(op.requests[0]?.body).toEqual({
      redirect_uris: ['https://shop.example.com/'],
      frontchannel_logout_uri: uri,
      frontchannel_logout_session_required: true,
    });
  });

  it('no field whose value is the default, because an OP may refuse fields that it does not know', async () => {
    op.answer = json(201, { client_id: 'shop' });
    await registered([...SHOP, '--no-backchannel-logout-session-required']);
    const { backchannel_logout_session_required: _, ...rest } = SENT;
    expect(op.requests[0]?.body).toEqual(rest);
  });

  it.each([
    ['a token as a bearer token', { LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN: 'abc' }, 'Bearer abc'],
    ['credentials with a scheme as they are', { LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN: ' Basic YTpi\n' }, 'Basic YTpi'],
    ['nothing where there is nothing', {}, undefined],
  ])('%s', async (_case, environment, authorization) => {
    op.answer = json(201, { client_id: 'shop' });
    await registered(SHOP, { environment });
    expect(op.requests.map(({ headers }) => headers.authorization)).toEqual([authorization]);
  });
});

describe('register explains what the OP refuses:', () => {
  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    [
      'a redirect, which the token does not follow',
      (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
      /answered 307, a redirect to \/elsewhere\nRedirects are not followed/,
    ],
    [
      'credentials of another scheme',
      (response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="WSO2"' }).end(),
      /answered 401\nThe token is not good.* The OP asks for Basic\. Give "Basic" and the credentials in place of a token\./,
    ],
    [
      'a token that lacks a scope',
      json(403, { error: 'insufficient_scope' }),
      /answered 403: insufficient_scope\nThe token lacks a scope.*internal_dcr_create/,
    ],
    ['a client that is not allowed', (response) => response.writeHead(403).end(), /403\nThe OP does not allow it/],
    ['an address of nothing', (response) => response.writeHead(404).end('<html>'), /404\nNothing is there/],
    ['what it does not support', (response) => response.writeHead(405).end(), /405\nThe OP does not support it/],
    ['whatever, where it fails', (response) => response.writeHead(500).end(), /500\nThe OP has failed/],
    ['without a reason', json(400, {}), /answered 400\nThe OP gives no reason/],
    [
      'repeating the token, with characters that are not for a terminal',
      json(400, { error: 'invalid_client_metadata', error_description: `\u001b[2J${TOKEN}` }),
      /invalid_client_metadata: \\u001b\[2J\(not shown\)\n/,
    ],
    [
      'nothing, but hangs up',
      (response) => response.destroy(),
      /hung up before it had answered\nWhether the OP has done it is not known/,
    ],
    [
      'nothing, but answers nothing either',
      (response) => response.writeHead(204).end(),
      /answered 204 without a JSON object\. Whether the OP has done it is not known/,
    ],
    [
      'nothing, but does not say what it has registered',
      (response) => response.writeHead(201).end('created'),
      /answered 201 without a JSON object\. Whether the OP has done it is not known/,
    ],
  ])('%s', async (_case, answer, said) => {
    op.answer = answer;
    const { exitCode, output, errors } = await register([...SHOP, '--json']);
    expect({ exitCode, output }).toEqual({ exitCode: 3, output: '' });
    expect(errors).toMatch(said);
    expect(op.requests).toHaveLength(1);
  });

  it.each<[string, object, RegExp]>([
    [
      'no registration_endpoint',
      {},
      /announces no registration_endpoint\.\n.*--registration-endpoint URL\. .*dcr\/v1\.1/,
    ],
    [
      'one that is not https',
      { registration_endpoint: 'http://op.example.com/register' },
      /not https: http:\/\/op\.example\.com\/register\n/,
    ],
    ['another issuer', { issuer: 'https://other.example.com' }, /names another issuer: https:\/\/other\.example\.com/],
  ])('and sends nothing where its discovery document names %s', async (_case, discovery, said) => {
    op.discovery = discovery;
    const { exitCode, errors } = await register([...SHOP, '--json']);
    expect({ exitCode, requests: op.requests }).toEqual({ exitCode: 3, requests: [] });
    expect(errors).toMatch(said);
  });
});

describe('register updates a client', () => {
  const CURRENT = {
    ...{ client_id: 'shop', client_secret: 's3cret', client_secret_expires_at: 0, client_id_issued_at: 1 },
    ...{ client_name: 'Shop', redirect_uris: ['https://shop.example.com/'], made_up: { by: 'the OP' } },
    ...{ registration_access_token: 'new-token', registration_client_uri: 'https://op.example.com/shop' },
  };
  const update = (...args: string[]) => ['--client-configuration-endpoint', `${op.issuer}/clients?id=shop`, ...args];

  it('with all that it has, but for what is of the OP, and with the token that takes the place of the old one', async () => {
    op.answer = (response, { method, body }) =>
      json(200, method === 'PUT' ? { ...CURRENT, ...z.looseObject({}).parse(body) } : CURRENT)(response);
    const { exitCode, findings } = await registered(update('--client-name', 'New'));
    expect({ exitCode, texts: findings.map(({ text }) => text) }).toEqual({
      exitCode: 0,
      texts: ['client_name: taken'],
    });
    expect(op.requests).toMatchObject([
      { method: 'GET', path: '/clients?id=shop', headers: { authorization: `Bearer ${TOKEN}` } },
      { method: 'PUT', path: '/clients?id=shop', headers: { authorization: 'Bearer new-token' } },
    ]);
    expect(op.requests[1]?.body).toEqual({
      ...{ client_id: 'shop', client_secret: 's3cret', client_name: 'New' },
      ...{ redirect_uris: ['https://shop.example.com/'], made_up: { by: 'the OP' } },
    });
  });

  it('and says where another field did not stay', async () => {
    op.answer = (response, { method, body }) => {
      const { redirect_uris: _, ...rest } = z.looseObject({}).parse(body ?? {});
      json(200, method === 'PUT' ? rest : CURRENT)(response);
    };
    const { findings } = await registered(update('--client-name', 'New'));
    expect(findings.map(({ text }) => text)).toEqual([
      'client_name: taken',
      'redirect_uris: dropped, by what the OP answers',
    ]);
  });

  it('and takes back what is registered, also where the answer does not name what is the default', async () => {
    const current = { ...CURRENT, backchannel_logout_session_required: true };
    op.answer = (response, { method, body }) => {
      const { backchannel_logout_session_required: _, ...others } = z.looseObject({}).parse(body ?? {});
      json(200, method === 'PUT' ? others : current)(response);
    };
    const { exitCode } = await registered(update('--no-backchannel-logout-session-required'));
    expect(exitCode).toBe(0);
    expect(op.requests[1]?.body).toMatchObject({ backchannel_logout_session_required: false });
  });

  it('with credentials that stay, where they are no bearer token', async () => {
    op.answer = json(200, CURRENT);
    const environment = { LOGOUT_RECEIVER_REGISTRATION_ACCESS_TOKEN: 'Basic YTpi' };
    await registered(update('--client-name', 'New'), { environment });
    expect(op.requests.map(({ headers }) => headers.authorization)).toEqual(['Basic YTpi', 'Basic YTpi']);
  });

  it.each(['shown', 'in the file'])(
    'and loses no token where the OP refuses after it replaced it: %s',
    async (place) => {
      op.answer = (response, { method }) =>
        json(method === 'PUT' ? 400 : 200, method === 'PUT' ? { error: 'invalid_client_metadata' } : CURRENT)(response);
      const file = join(directory, 'replaced.json');
      const args = place === 'shown' ? [] : ['--secrets-file', file];
      const { exitCode, client, findings } = await registered(update('--client-name', 'New', ...args));
      expect(exitCode).toBe(3);
      expect(findings.map(({ code }) => code)).toEqual(['update_failed', 'token_replaced']);
      expect(client.registration_access_token).toBe(place === 'shown' ? 'new-token' : undefined);
      expect(place === 'shown' || JSON.parse(readFileSync(file, 'utf8')).registration_access_token).toBe(
        place === 'shown' || 'new-token',
      );
    },
  );

  it('and prints no client secret that the OP repeats when it refuses', async () => {
    const { registration_access_token: _, ...current } = CURRENT;
    op.answer = (response, { method, body }) =>
      method === 'PUT'
        ? json(400, { error: 'invalid_client_metadata', error_description: `Found ${JSON.stringify(body)}` })(response)
        : json(200, current)(response);
    const { exitCode, errors } = await register(update('--client-name', 'New', '--json'));
    expect(exitCode).toBe(3);
    expect(errors).toContain('invalid_client_metadata: Found {"client_id":"shop","client_secret":"(not shown)"');
  });

  it('of the endpoint only, and none where it answers for no client', async () => {
    op.answer = json(200, { name: 'Shop' });
    const { exitCode, errors } = await register(update('--client-name', 'New', '--json'));
    expect({ exitCode, sent: op.requests.length }).toEqual({ exitCode: 3, sent: 1 });
    expect(errors).toContain('not the configuration endpoint of a client');
  });

  it('and shows no secret of the metadata file with --dry-run', async () => {
    const file = join(directory, 'with-secrets.json');
    writeFileSync(file, JSON.stringify({ client_secret: 's3cret', registration_access_token: 'old-token' }));
    for (const args of [update(), ['--redirect-uri', 'https://shop.example.com/']]) {
      const { exitCode, output } = await register([...args, '--metadata', file, '--dry-run']);
      expect(exitCode).toBe(0);
      expect(output).toContain('"registration_access_token": "(not shown)"');
      expect(output).not.toMatch(/s3cret|old-token/);
    }
  });

  it('not with --dry-run, which shows both requests', async () => {
    const { exitCode, output } = await register(update('--client-name', 'New', '--dry-run'));
    expect({ exitCode, requests: op.requests }).toEqual({ exitCode: 0, requests: [] });
    expect(output.replaceAll(op.issuer, 'http://127.0.0.1:PORT')).toMatchInlineSnapshot(`
      "Not sent:

      GET http://127.0.0.1:PORT/clients?id=shop
      Authorization: Bearer (not shown)

      PUT http://127.0.0.1:PORT/clients?id=shop
      Authorization: Bearer (not shown)
      Content-Type: application/json

      {
        "client_name": "New"
      }

      What the first request answers goes along with the second, but for what changes.
      "
    `);
  });
});

describe('register sends nothing', () => {
  const file = (name: string, content: string) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };

  it.each<[string, () => string[], said: string, environment?: NodeJS.ProcessEnv]>([
    ['without a place for the secrets', () => SHOP, 'add --secrets-file FILE, or --json'],
    [
      'where the file for the secrets is there',
      () => [...SHOP, '--secrets-file', file('there.json', 'mine')],
      'there.json: is there already, and is not overwritten',
    ],
    [
      'where the file for the secrets cannot be made',
      () => [...SHOP, '--secrets-file', join(directory, 'no/such/folder.json')],
      'cannot be made (ENOENT)',
    ],
    ['without redirect URI', () => ['--client-name', 'Shop', '--json'], 'at least one --redirect-uri'],
    ['with a redirect URI that is none', () => ['--redirect-uri', 'shop', '--json'], 'redirect_uris: found "shop"'],
    [
      'with a logout URI by http',
      () => [...SHOP, '--backchannel-logout-uri', 'http://receiver.example.com/', '--json'],
      'backchannel_logout_uri: found "http://receiver.example.com/", allowed: an https: URL',
    ],
    [
      'with a logout URI that is not filled in',
      () => [...SHOP, '--backchannel-logout-uri', 'https://{api}.example.com/', '--json'],
      'backchannel_logout_uri: put the value in the place of {api}',
    ],
    [
      'to an endpoint by http',
      () => [...SHOP, '--registration-endpoint', 'http://op.example.com/', '--json'],
      '--registration-endpoint: found http://op.example.com/, allowed: an https: URL',
    ],
    [
      'to two endpoints',
      () => ['--registration-endpoint', op.issuer, '--client-configuration-endpoint', op.issuer, ...SHOP, '--json'],
      '--registration-endpoint is for a new client',
    ],
    [
      'to update without a token',
      () => ['--client-configuration-endpoint', op.issuer, ...SHOP, '--json'],
      'an update needs the registration access token',
      {},
    ],
    [
      'to update nothing',
      () => ['--client-configuration-endpoint', op.issuer, '--json'],
      'nothing to change: add an option',
    ],
    [
      'with a token that is none',
      () => [...SHOP, '--json'],
      'LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN: found what is no token',
      { LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN: `a\r\n${TOKEN}` },
    ],
    [
      'with no token on standard input',
      () => [...SHOP, '--json', '--token-stdin'],
      'standard input: found what is no token',
    ],
    [
      'with a metadata file that is no JSON',
      () => [...SHOP, '--json', '--metadata', file('broken.json', '{"a": 1,}')],
      'broken.json: not JSON: line 1, column 8: a comma before a closing bracket',
    ],
    [
      'with a metadata file that is no object',
      () => [...SHOP, '--json', '--metadata', file('list.json', '[]')],
      'list.json: found something else, allowed: an object',
    ],
    [
      'with a metadata file that is not there',
      () => [...SHOP, '--json', '--metadata', join(directory, 'no.json')],
      'no.json: cannot be read (ENOENT)',
    ],
  ])('%s', async (_case, args, said, environment) => {
    const { exitCode, output, errors } = await register(args(), environment ? { environment } : {});
    expect({ exitCode, output, requests: op.requests }).toEqual({ exitCode: 2, output: '', requests: [] });
    expect(errors).toContain(said);
  });

  it('and leaves a file alone that is there', async () => {
    const path = file('mine.json', 'mine');
    await register([...SHOP, '--secrets-file', path]);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(existsSync(path)).toBe(true);
  });
});
