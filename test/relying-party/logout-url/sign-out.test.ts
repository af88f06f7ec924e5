import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { exportJWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CompletedLogout } from '../../../receiver/logout/completed-logout.ts';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { logout } from '../../../receiver/logout/logout.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { type DynamodbProxy, startDynamodbProxy } from '../../dynamodb-proxy.ts';
import { type Browser, openBrowser, type Page } from '../../end-to-end/browser.ts';
import { type OpenidProvider, reserveOpenidProvider } from '../../end-to-end/openid-provider.ts';
import { signIn, whoIsAt } from '../../end-to-end/signing.ts';
import { lentKeyPairs } from '../../key-pairs.ts';
import { newKeySource } from '../../key-source.ts';
import { epochSeconds } from '../../logout-token.ts';
import { listen, stopServer } from '../../loopback-server.ts';
import { indexOf } from '../../relying-parties-index.ts';
import { sampleOf } from '../../sample.ts';
import { newTable } from '../../tables.ts';
import { type Application, startExpressApplication, startFetchApplication } from './applications.ts';

const ENCRYPTION = { alg: 'RSA-OAEP-256', enc: 'A256GCM' } as const;
const clientSecret = randomBytes(32).toString('base64url');

let op: OpenidProvider;
let dynamodb: DynamodbProxy;
const receiver = createServer();
/** What the receiver made of the OP's logout requests. */
const logouts: CompletedLogout[] = [];
const applications = new Map<string, Application>();

beforeAll(async () => {
  op = await reserveOpenidProvider();
  const { issuer } = op;
  dynamodb = await startDynamodbProxy(1);
  const { tableName } = await newTable('sessions');
  const table = { client: dynamodb.client, tableName };
  const { publicKey, privateKey } = await lentKeyPairs().take(ENCRYPTION.alg);
  const jwkOf = async (key: typeof publicKey) => ({
    kty: 'RSA',
    ...(await exportJWK(key)),
    alg: ENCRYPTION.alg,
    use: 'enc',
  });
  const settings = { issuer, clientSecret, signedResponseAlg: 'RS256' } as const;
  const plain = await startFetchApplication({ ...settings, clientId: 'plain' }, table);
  const encrypted = await startExpressApplication(
    {
      ...settings,
      clientId: 'encrypted',
      decryption: { key: { key: privateKey, alg: ENCRYPTION.alg }, enc: ENCRYPTION.enc },
      decryptionKey: await jwkOf(privateKey),
    },
    table,
  );
  applications.set('plain', plain).set('encrypted', encrypted);

  const backchannelLogoutUri = await listen(receiver);
  const decryptionSecret = JSON.stringify({ keys: [await jwkOf(privateKey)] });
  const secrets = new SecretSource(async () => decryptionSecret);
  const parts = {
    relyingParties: indexOf([
      { issuer, clientId: 'plain', algorithms: ['RS256'] },
      { issuer, clientId: 'encrypted', algorithms: ['RS256'], decryptionKeys: { secretId: 'keys' } },
    ]),
    keys: await newKeySource(),
    secrets,
    decryptionKeys: new DecryptionKeySource(secrets),
    sessionsTable: table,
  };
  receiver.on('request', async (request, response) => {
    const body = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const never = new AbortController().signal;
    try {
      logouts.push(await logout(body.get('logout_token') ?? '', epochSeconds(), parts, never));
      response.end();
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  const clientOf = ({ url, clientId }: Application) => ({
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [`${url}/callback`],
    post_logout_redirect_uris: [`${url}/signed-out`],
    backchannel_logout_uri: backchannelLogoutUri,
    backchannel_logout_session_required: true,
    id_token_signed_response_alg: 'RS256' as const,
  });
  await op.open(clientOf(plain), {
    ...clientOf(encrypted),
    id_token_encrypted_response_alg: ENCRYPTION.alg,
    id_token_encrypted_response_enc: ENCRYPTION.enc,
    jwks: { keys: [await jwkOf(publicKey)] },
  });
});

afterEach(() => {
  dynamodb.fateOf = () => 'pass';
});
afterAll(async () => {
  await Promise.all([...[...applications.values(), dynamodb, op].map((part) => part.stop()), stopServer(receiver)]);
});

function applicationOf(clientId: string): Application {
  const application = applications.get(clientId);
  if (!application) {
    throw new Error(`there is no application ${clientId}`);
  }
  return application;
}

/** Presses the application's button. */
const signOut = (browser: Browser, { url }: Application): Promise<Page> =>
  browser.submit({ url, text: '<form method="post" action="/logout"></form>' }, {});

const kinds = [
  ['an Express application whose ID tokens are encrypted', 'encrypted'],
  ['an application of Web requests', 'plain'],
] as const;

describe.each(sampleOf(kinds, 2))('%s', (_which, clientId) => {
  it('signs a user out here and at the OP, whose logout request finds nothing left to end', async () => {
    const application = applicationOf(clientId);
    const [alice, bob] = [openBrowser(), openBrowser()];
    await signIn(alice, 'alice', application);
    await signIn(bob, 'bob', application);
    const [answersBefore, logoutsBefore] = [op.logoutAnswers.length, logouts.length];

    const question = await signOut(alice, application);
    expect(question.url).toContain(`${op.issuer}/session/end?`);
    expect(new URL(question.url).searchParams.get('id_token_hint')?.split('.')).toHaveLength(3);
    expect(await whoIsAt(alice, application)).toBe('anonymous');
    const back = await alice.submit(question, { logout: 'yes' });

    expect(back.text).toBe('You have signed out.');
    expect(op.logoutAnswers.slice(answersBefore)).toEqual([200]);
    expect(logouts.slice(logoutsBefore)).toMatchObject([{ scope: 'sid', sessionsEnded: 0 }]);
    expect((await alice.open(`${application.url}/login`)).text).toContain('name="login"');
    expect(await whoIsAt(bob, application)).toBe('signed in as bob');

    expect((await alice.open(back.url)).text).toBe('anonymous');
    expect((await bob.open(back.url)).text).toBe('signed in as bob');
  });

  it('sends a user who is not signed in here to the OP all the same', async () => {
    const application = applicationOf(clientId);
    const carol = openBrowser();
    const question = await signOut(carol, application);
    expect(new URL(question.url).searchParams.get('client_id')).toBe(clientId);
    // With nobody signed in, oidc-provider has a form that sends itself.
    expect((await carol.submit(question, {})).text).toBe('You have signed out.');
  });

  it('tells nobody that they are signed out while DynamoDB fails', async () => {
    const application = applicationOf(clientId);
    const dave = openBrowser();
    await signIn(dave, 'dave', application);
    dynamodb.fateOf = (operation) => (operation === 'UpdateItem' ? 'fail' : 'pass');
    expect((await signOut(dave, application)).text).toBe('failed with session_not_ended');
    dynamodb.fateOf = () => 'pass';
    expect(await whoIsAt(dave, application)).toBe('signed in as dave');
  });
});

it.each([
  ['fetch-sign-out.ts', 'docs/logout-url.md'],
  ['express-sign-out.ts', 'docs/logout-url.md'],
])('%s is what %s shows', (file, page) => {
  const code = readFileSync(new URL(file, import.meta.url), 'utf8');
  const document = readFileSync(new URL(`../../../${page}`, import.meta.url), 'utf8');
  expect(document).toContain(
    code.replaceAll(/'\.\.\/\.\.\/\.\.\/relying-party\/([\w-]+)\/index\.ts'/g, "'logout-receiver/$1'"),
  );
});
