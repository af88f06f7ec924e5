import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { listenOnLoopback } from '../../../local/loopback/loopback-server.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { newOpKey } from '../../../local/stage/op-key.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { createMail } from '../../../sample/mail/mail.ts';
import { createOp } from '../../../sample/op/op.ts';
import { createShop } from '../../../sample/shop/shop.ts';
import { newTable } from '../../tables.ts';
import { DeviceBrowser } from './device-browser.ts';

const secret = 'a secret of the tests, long enough';

interface PartsOptions {
  /** Origin that may show the parts in frames. */
  readonly framedBy?: string;
  /** Answers whoever reads session-ended events; without it, they wait. */
  readonly eventBus?: (response: ServerResponse) => void;
}

/** OP, shop and mail of the sample without the local run: a table, and an event bus of the test. They end with the test. */
export async function startParts({ framedBy, eventBus = (response) => response.flushHeaders() }: PartsOptions = {}) {
  const shutdown = createShutdown();
  const stopping = new AbortController();
  onTestFinished(async () => {
    stopping.abort();
    await shutdown.end();
  });
  const listeners = new Map<string, RequestListener>();
  const serve = async (name: string) => {
    const server = createServer((message: IncomingMessage, response) => listeners.get(name)?.(message, response));
    return `http://127.0.0.1:${await listenOnLoopback(server, 0, shutdown)}`;
  };
  const [op, shop, mail, eventsUrl] = await Promise.all(['op', 'shop', 'mail', 'events'].map(serve));
  if (!op || !shop || !mail || !eventsUrl) {
    throw new Error('a part has no address');
  }
  const sessions = await newTable('sessions');
  const settingsOf = (clientId: 'shop' | 'mail', baseUrl: string) => ({
    ...{ issuer: op, baseUrl, clientId, clientSecret: secret, cookieSecret: secret, sessions },
    ...(framedBy && { framedBy }),
  });
  const key = await newOpKey();
  const opPart = createOp({ issuer: op, accounts: ['alice'], key: key.jwk, ...(framedBy && { framedBy }) });
  opPart.register(
    Object.entries({ shop, mail }).map(([clientId, url]) => ({
      ...{ client_id: clientId, client_secret: secret, redirect_uris: [`${url}/callback`] },
      id_token_signed_response_alg: 'RS256',
    })),
  );
  const mailPart = createMail(settingsOf('mail', mail));
  listeners.set('op', opPart.listener);
  listeners.set('events', (_message, response) => eventBus(response));
  listeners.set('shop', createShop({ ...settingsOf('shop', shop), eventsUrl, stopped: stopping.signal }));
  listeners.set('mail', mailPart);

  const storeOf = (clientId: string) => new SessionStore({ ...sessions, relyingParty: { issuer: op, clientId } });
  const browser = new DeviceBrowser();
  return {
    urls: { op, shop, mail },
    browser,
    mail: mailPart,
    key,
    stores: { shop: storeOf('shop'), mail: storeOf('mail') },
    /** Has every request for the table fail from now on. */
    takeTableDown() {
      const fail = async () => {
        throw new Error('the table is down');
      };
      sessions.client.middlewareStack.add(() => fail, { step: 'initialize' });
    },
    async signIn(part: 'shop' | 'mail') {
      const accounts = await browser.open(`${{ shop, mail }[part]}/login`);
      return await browser.press(accounts, 'alice');
    },
  };
}
