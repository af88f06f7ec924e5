import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { type CliRunOptions, runCli } from './cli-run.ts';
import { type RegisteringProvider, startRegisteringProvider } from './registering-provider.ts';

const LOGOUT_URI = 'https://receiver.example.com/backchannel-logout';
const SHOP = [
  ...['--client-name', 'Shop', '--redirect-uri', 'https://shop.example.com/callback'],
  ...['--backchannel-logout-uri', LOGOUT_URI, '--post-logout-redirect-uri', 'https://shop.example.com/'],
];

const Client = z.looseObject({
  client_id: z.string(),
  client_secret: z.string(),
  registration_access_token: z.string(),
  registration_client_uri: z.string(),
});

let provider: RegisteringProvider;
let directory: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  provider = await startRegisteringProvider();
  directory = mkdtempSync(join(tmpdir(), 'register-'));
  environment = { LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN: provider.initialAccessToken };
});
afterAll(async () => {
  await provider.stop();
  rmSync(directory, { recursive: true, force: true });
});

let files = 0;
const newFile = () => join(directory, `client-${files++}.json`);
const clientIn = (file: string) => Client.parse(JSON.parse(readFileSync(file, 'utf8')));

const register = (args: readonly string[], options: CliRunOptions = {}) =>
  runCli(['register', provider.issuer, ...args], { environment, ...options });

/** A text without what differs from run to run. */
const stable = (text: string, file: string) => {
  const { client_id: id, client_secret: secret, registration_access_token: token } = clientIn(file);
  return [
    [id, 'CLIENT_ID'],
    [secret, 'SECRET'],
    [token, 'TOKEN'],
    [file, 'FILE'],
    [provider.issuer, 'http://127.0.0.1:PORT'],
  ].reduce((result, [found = '', name = '']) => result.replaceAll(found, name), text);
};

/** What the OP has, by the client's own token. */
async function registeredAt({
  registration_client_uri: uri,
  registration_access_token: token,
}: z.infer<typeof Client>) {
  const response = await fetch(uri, { headers: { authorization: `Bearer ${token}` } });
  return z.looseObject({}).parse(await response.json());
}

describe('register, with a real OP', () => {
  it('registers a client, keeps its secrets in a file of its own, and says what became of each field', async () => {
    const file = newFile();
    const { exitCode, output, errors } = await register([...SHOP, '--secrets-file', file]);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    expect(stable(output, file)).toMatchInlineSnapshot(`
      "The OP has registered the client CLIENT_ID

      What it made of the request
      ✓ client_name: taken
      ✓ redirect_uris: taken
      ✓ backchannel_logout_uri: taken
      ✓ backchannel_logout_session_required: taken
      ✓ post_logout_redirect_uris: taken

      Added by the OP
        application_type                       "web"
        grant_types                            ["authorization_code"]
        id_token_signed_response_alg           "RS256"
        require_auth_time                      false
        response_types                         ["code"]
        subject_type                           "public"
        token_endpoint_auth_method             "client_secret_basic"
        require_pushed_authorization_requests  false
        dpop_bound_access_tokens               false

      Secrets
      client_secret and registration_access_token: in FILE, which only you can read.

      Next
      The relying parties entry, with "algorithms": ["RS256"]:
        logout-receiver discover http://127.0.0.1:PORT --client-id CLIENT_ID
      "
    `);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(output).not.toContain(clientIn(file).client_secret);
    expect(await registeredAt(clientIn(file))).toMatchObject({
      backchannel_logout_uri: LOGOUT_URI,
      backchannel_logout_session_required: true,
      post_logout_redirect_uris: ['https://shop.example.com/'],
    });
  });

  it('updates a client, whose other metadata stay, and keeps the token that takes the place of the old one', async () => {
    const [old, file] = [newFile(), newFile()];
    await register([...SHOP, '--secrets-file', old]);
    const before = clientIn(old);
    const { exitCode, output } = await register(
      [
        ...['--client-configuration-endpoint', before.registration_client_uri, '--secrets-file', file],
        ...['--backchannel-logout-uri', 'https://new.example.com/backchannel-logout'],
      ],
      { environment: { LOGOUT_RECEIVER_REGISTRATION_ACCESS_TOKEN: before.registration_access_token } },
    );
    expect(exitCode).toBe(0);
    expect(stable(output, file)).toMatchInlineSnapshot(`
      "The OP has updated the client CLIENT_ID

      What it made of the request
      ✓ backchannel_logout_session_required: taken
      ✓ backchannel_logout_uri: taken

      Secrets
      client_secret and registration_access_token: in FILE, which only you can read.

      Next
      The relying parties entry, with "algorithms": ["RS256"]:
        logout-receiver discover http://127.0.0.1:PORT --client-id CLIENT_ID
      "
    `);
    const after = clientIn(file);
    expect(after).toMatchObject({ client_id: before.client_id, client_secret: before.client_secret });
    expect(after.registration_access_token).not.toBe(before.registration_access_token);
    expect(await registeredAt(after)).toMatchObject({
      client_name: 'Shop',
      redirect_uris: ['https://shop.example.com/callback'],
      backchannel_logout_uri: 'https://new.example.com/backchannel-logout',
    });
  });

  it('shows the secrets once on a terminal, with a warning', async () => {
    const { exitCode, output } = await register(SHOP, { isTerminal: true });
    expect(exitCode).toBe(0);
    const shown = output.slice(output.indexOf('Secrets, shown this once'));
    expect(await registeredAt(Client.parse(JSON.parse(/^\{$.*?^\}$/ms.exec(shown)?.[0] ?? '')))).toMatchObject({
      client_name: 'Shop',
    });
  });

  it('has the answer of the OP in its JSON document, with the secrets', async () => {
    const { exitCode, output } = await register([...SHOP, '--json']);
    const { client, ...rest } = z.looseObject({ client: Client }).parse(JSON.parse(output));
    expect({ exitCode, rest }).toMatchObject({
      exitCode: 0,
      rest: {
        issuer: provider.issuer,
        secretsFile: null,
        fields: expect.arrayContaining([
          { name: 'client_name', outcome: 'taken', requested: 'Shop', registered: 'Shop' },
          { name: 'subject_type', outcome: 'added', registered: 'public' },
        ]),
      },
    });
    expect(await registeredAt(client)).toMatchObject({ client_name: 'Shop' });
  });

  it('takes the token from standard input', async () => {
    const input = `${provider.initialAccessToken}\n`;
    const { exitCode } = await register([...SHOP, '--json', '--token-stdin'], { input, environment: {} });
    expect(exitCode).toBe(0);
  });

  it('prints the request and sends nothing of it with --dry-run', async () => {
    const before = provider.registrations;
    const { exitCode, output } = await register([...SHOP, '--dry-run']);
    expect({ exitCode, registrations: provider.registrations - before }).toEqual({ exitCode: 0, registrations: 0 });
    expect(output.replaceAll(provider.issuer, 'http://127.0.0.1:PORT')).toMatchInlineSnapshot(`
      "Not sent:

      POST http://127.0.0.1:PORT/reg
      Authorization: Bearer (not shown)
      Content-Type: application/json

      {
        "client_name": "Shop",
        "redirect_uris": [
          "https://shop.example.com/callback"
        ],
        "backchannel_logout_uri": "https://receiver.example.com/backchannel-logout",
        "backchannel_logout_session_required": true,
        "post_logout_redirect_uris": [
          "https://shop.example.com/"
        ]
      }
      "
    `);
  });

  it.each([
    [
      'no token',
      [],
      {},
      /answered 401: invalid_token: .*\nThe OP wants a token: set LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN, .* Bearer\.\n$/,
    ],
    [
      'a wrong token',
      [],
      { LOGOUT_RECEIVER_INITIAL_ACCESS_TOKEN: 'wrong' },
      /answered 401: invalid_token: .*\nThe token is not good, or not any more: .* The OP asks for Bearer\.\n$/,
    ],
    [
      'metadata that it does not take',
      ['--token-endpoint-auth-method', 'made_up'],
      undefined,
      /answered 400: invalid_client_metadata: .*token_endpoint_auth_method.*\nChange the field that the OP names/,
    ],
    [
      'a redirect URI that it does not take',
      ['--redirect-uri', 'custom:/callback'],
      undefined,
      /answered 400: invalid_redirect_uri: .*\nLook at the redirect URIs/,
    ],
  ])('explains what the OP refuses, and leaves no file behind: %s', async (_case, args, variables, said) => {
    const file = newFile();
    const refused = await register([...SHOP, ...args, '--secrets-file', file], {
      environment: variables ?? environment,
    });
    expect({ exitCode: refused.exitCode, output: refused.output }).toEqual({ exitCode: 3, output: '' });
    expect(refused.errors).toMatch(said);
    expect(() => statSync(file)).toThrow('ENOENT');
  });
});
