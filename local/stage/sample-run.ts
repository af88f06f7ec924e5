import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createMail } from '../../sample/mail/mail.ts';
import { createOp } from '../../sample/op/op.ts';
import { createShop } from '../../sample/shop/shop.ts';
import { dynamodbClient } from '../dynamodb/dynamodb-client.ts';
import { type LocalRun, type LocalRunOptions, startLocalRun } from '../local-run.ts';
import { listenOnLoopback } from '../loopback/loopback-server.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import { followRelyingParties } from '../relying-parties/followed-file.ts';
import type { StartOptions } from '../start-options.ts';
import { createFeed } from '../watch/feed.ts';
import { servePage } from '../watch/page-server.ts';
import { type RunWatcher, watchRun } from '../watch/watch.ts';
import {
  deviceUrls,
  hostsOf,
  loopbackUrl,
  PAGE_HOSTS,
  type Part,
  type StageAddresses,
  stageAddresses,
} from './addresses.ts';
import { type FrontSettings, frontOf } from './front.ts';
import { HeldLogins } from './held-logins.ts';
import { newOpKey } from './op-key.ts';
import { writeRelyingPartiesFile } from './relying-parties-file.ts';
import { Stage } from './stage.ts';
import type { Tell } from './stage-news.ts';
import { openPorts, stagePort } from './stage-ports.ts';
import { answerStage } from './stage-routes.ts';
import { switchBefore, type TableSwitch } from './table-switch.ts';
import { opNews, tellHeld, tellIfRefused } from './told-news.ts';

const ACCOUNTS = ['alice', 'bob'];
const CLIENTS = ['shop', 'mail'] as const;
type ClientId = (typeof CLIENTS)[number];

/** Which endpoints of the OP are offline with its keys. */
const KEY_PATHS = ['/jwks', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];

const pageDirectories = ['page', '../watch/page'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

export interface SampleRun extends LocalRun {
  readonly stage: StageAddresses;
}

/**
 * Runs the sample beside a local run: an OP, two relying parties, and the page from which to try them.
 *
 * @param warn is told, in one line, what the person at the terminal should know
 * @throws StartupError, or RelyingPartiesError
 */
export async function startSample(
  options: StartOptions,
  shutdown: Shutdown,
  warn: (line: string) => void,
): Promise<SampleRun> {
  allowLoopbackWithoutProxy();
  const feed = createFeed();
  const tell: Tell = (news) => feed.publish({ type: 'stage', ...news });
  const { servers, ports } = await openPorts(options.port, shutdown);
  const issuer = loopbackUrl(ports.op);
  const key = await newOpKey();
  const logins = new HeldLogins();
  let stage: Stage | undefined;
  const pagePort = await servePage(
    stagePort('page', options.port),
    {
      feed,
      directories: pageDirectories,
      routes: async (message, response) => stage !== undefined && (await answerStage(stage, message, response)),
      hosts: PAGE_HOSTS,
      frames: deviceUrls(ports),
    },
    shutdown,
  );
  const addresses = stageAddresses(pagePort, ports);
  const serve = async (part: Part, listener: RequestListener, further?: Partial<FrontSettings>) => {
    const port = await listenOnLoopback(createServer(listener), 0, shutdown);
    const front = { port, ports, hosts: hostsOf(part, ports), ...further };
    servers[part].on('request', frontOf(front));
  };

  const op = createOp({
    issuer,
    accounts: ACCOUNTS,
    key: key.jwk,
    framedBy: addresses.page,
    ...opNews(tell),
    onLogoutToken: (logoutToken) => stage?.noteToken(logoutToken),
  });
  // Before the receiver, which asks for the OP's keys at once.
  await serve('op', op.listener, {
    isDown: (path) => stage?.areKeysOffline === true && KEY_PATHS.includes(path),
    beforeAnswer: async ({ url, headers }) => {
      if (url === '/token') {
        await logins.pass(() => tellHeld(tell, headers.authorization));
      }
    },
  });

  const { relyingPartiesFile: ownFile } = options;
  const written = () => writeRelyingPartiesFile(issuer, CLIENTS, ownFile);
  const receiver = { ...options, relyingPartiesFile: written() };
  const starting = startReceiver(receiver, watchRun(feed), shutdown, warn);
  if (ownFile !== undefined) {
    const running = starting.then(([started]) => started);
    followRelyingParties(ownFile, written, running, shutdown, warn);
  }
  const [run, table] = await starting;
  stage = new Stage({ addresses, accounts: ACCOUNTS, issuer, receiver: run.endpoint, op, key, logins, table, tell });

  const client = DynamoDBDocumentClient.from(dynamodbClient(table.endpoint));
  const settingsOf = (clientId: ClientId) => ({
    issuer,
    baseUrl: loopbackUrl(ports[clientId]),
    clientId,
    clientSecret: secret(),
    cookieSecret: secret(),
    sessions: { client, tableName: run.tables.sessions },
    framedBy: addresses.page,
    onProblem(error: unknown, host?: string) {
      if (!tellIfRefused(tell, clientId, error, host) && !table.isDown()) {
        warn(`${clientId}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  });
  const [shop, mail] = [settingsOf('shop'), settingsOf('mail')];
  const [eventsUrl = ''] = Object.values(run.eventBuses);
  const stopping = new AbortController();
  shutdown.onEnd(async () => stopping.abort());
  await serve('shop', createShop({ ...shop, eventsUrl, stopped: stopping.signal }));
  await serve('mail', createMail(mail));
  op.register(
    [shop, mail].map(({ clientId, clientSecret, baseUrl }) => ({
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [`${baseUrl}/callback`],
      backchannel_logout_uri: run.endpoint,
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: 'RS256',
    })),
  );
  return { ...run, page: addresses.page, stage: addresses };
}

async function startReceiver(
  options: LocalRunOptions,
  watcher: RunWatcher,
  shutdown: Shutdown,
  warn: (line: string) => void,
): Promise<[LocalRun, TableSwitch]> {
  let table: TableSwitch | undefined;
  const run = await startLocalRun({ ...options, sessionEndedEvents: true }, shutdown, warn, {
    watcher,
    async beforeDynamodb(dynamodb) {
      table = await switchBefore(dynamodb, shutdown);
      return table.endpoint;
    },
  });
  if (!table) {
    throw new StartupError('the local run has no DynamoDB');
  }
  return [run, table];
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** The libraries of the sample use `fetch`, which goes through the proxy that the environment names (NODE_USE_ENV_PROXY). */
function allowLoopbackWithoutProxy(): void {
  for (const name of ['NO_PROXY', 'no_proxy']) {
    process.env[name] = [process.env[name], '127.0.0.1'].filter(Boolean).join(',');
  }
}
