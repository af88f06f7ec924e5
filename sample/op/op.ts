import { randomBytes, randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import Provider, { type ClientMetadata, type JWK } from 'oidc-provider';
import { findAccount, grantAll } from './accounts.ts';
import { pages } from './op-pages.ts';
import { problemPage, signOutPage } from './pages.ts';
import { OpStorage } from './storage.ts';

const DAY_SECONDS = 24 * 3600;

export interface OpSettings {
  readonly issuer: string;
  readonly accounts: readonly string[];
  /** Private, with `kid`: signs ID tokens and logout tokens. */
  readonly key: JWK;
  /** Origin that may show the pages in frames; without it, none may. */
  readonly framedBy?: string;
  /** Is told that somebody has got a code for a client. `host` is that of the request, as the browser knows the OP. */
  onSignIn?(signIn: { host: string; account: string; clientId: string }): void;
  onSignOut?(signOut: { host: string; account: string }): void;
  /** Is told each logout token that the OP is about to send. */
  onLogoutToken?(logoutToken: string): void;
}

/** Where somebody is signed in. */
export interface OpSession {
  readonly account: string;
  /** By client id. */
  readonly sids: Readonly<Record<string, string>>;
}

/** An OP: `oidc-provider`, with accounts to choose from and without passwords. */
export interface Op {
  readonly listener: RequestListener;
  /** Says which clients there are. Until then it publishes its keys, and nobody can sign in. */
  register(clients: ClientMetadata[]): void;
  /** Signs with this key from now on, and publishes only it. */
  useKey(key: JWK): void;
  /** The one that signed in last is the last. */
  sessions(): readonly OpSession[];
  /** An ID token as the client gets it at a login. */
  idToken(clientId: string, account: string, sid: string): Promise<string>;
  /** Ends all sessions of an account, and tells each client in one logout token with `sub` alone. */
  signOutEverywhere(account: string): Promise<void>;
}

export function createOp(settings: OpSettings): Op {
  const storage = new OpStorage();
  const cookieKey = randomBytes(32).toString('base64url');
  let { key } = settings;
  let clients: ClientMetadata[] = [];
  // Keys and clients are given to a provider when it is made. What it keeps is in the storage, for the next one too.
  let provider = providerOf();
  let listener = provider.callback();

  function providerOf(): Provider {
    return withEvents(makeProvider(settings, { key, clients, storage, cookieKey }), settings);
  }

  function renew(): void {
    provider = providerOf();
    listener = provider.callback();
  }

  async function clientOf(clientId: string) {
    const client = await provider.Client.find(clientId);
    if (!client) {
      throw new Error(`the OP has no client ${clientId}`);
    }
    return client;
  }

  /** `oidc-provider` sends its own with a `sid`. Without one, all sessions of the subject end (Back-Channel Logout 1.0, section 2.4). */
  async function sendSubjectLogout(clientId: string, account: string): Promise<void> {
    const client = await clientOf(clientId);
    const token = new provider.IdToken({}, { client });
    token.set('sub', account);
    token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} });
    token.set('jti', randomUUID());
    const logoutToken = await token.issue({ use: 'logout' });
    settings.onLogoutToken?.(logoutToken);
    await fetch(String(client.backchannelLogoutUri), {
      method: 'POST',
      body: new URLSearchParams({ logout_token: logoutToken }),
    });
  }

  const sessions = (): readonly OpSession[] =>
    storage.sessions().map(({ account, authorizations }) => ({
      account,
      sids: Object.fromEntries(
        Object.entries(authorizations).flatMap(([clientId, { sid }]) => (sid === undefined ? [] : [[clientId, sid]])),
      ),
    }));

  return {
    listener: (request, response) => void listener(request, response),
    register(registered) {
      clients = registered;
      renew();
    },
    useKey(used) {
      key = used;
      renew();
    },
    sessions,
    async idToken(clientId, account, sid) {
      const token = new provider.IdToken({}, { client: await clientOf(clientId) });
      token.set('sub', account);
      token.set('sid', sid);
      token.set('auth_time', Math.floor(Date.now() / 1000));
      return await token.issue({ use: 'idtoken' });
    },
    async signOutEverywhere(account) {
      const ended = storage.sessions().filter((session) => session.account === account);
      const clientIds = new Set(ended.flatMap(({ authorizations }) => Object.keys(authorizations)));
      for (const { id, authorizations } of ended) {
        await storage.adapterOf('Session').destroy(id);
        for (const { grantId } of Object.values(authorizations)) {
          if (grantId !== undefined) {
            // A code that nobody has redeemed yet dies with it.
            await storage.adapterOf('AuthorizationCode').revokeByGrantId(grantId);
          }
        }
      }
      await Promise.all([...clientIds].map((clientId) => sendSubjectLogout(clientId, account)));
    },
  };
}

interface ProviderParts {
  readonly key: JWK;
  readonly clients: ClientMetadata[];
  readonly storage: OpStorage;
  readonly cookieKey: string;
}

function makeProvider(
  { issuer, accounts, framedBy, onLogoutToken }: OpSettings,
  { key, clients, storage, cookieKey }: ProviderParts,
): Provider {
  const provider = new Provider(issuer, {
    adapter: (model) => storage.adapterOf(model),
    clients,
    jwks: { keys: [key] },
    cookies: { keys: [cookieKey] },
    routes: { end_session: '/sign-out' },
    findAccount,
    loadExistingGrant: grantAll,
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 3600, IdToken: 3600, Interaction: 3600, Session: DAY_SECONDS, Grant: DAY_SECONDS },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource(context, form) {
          context.body = signOutPage(form, isOfOwnSite(context.get('sec-fetch-site')));
        },
        postLogoutSuccessSource: (context) => context.redirect('/'),
      },
    },
    renderError(context, { error, error_description: description }) {
      context.body = problemPage(description ?? error);
    },
    async fetch(url, options) {
      // Its guard against requests to loopback, where all parts of the sample are.
      Reflect.deleteProperty(options ?? {}, 'dispatcher');
      const logoutToken = options?.body instanceof URLSearchParams && options.body.get('logout_token');
      if (logoutToken) {
        onLogoutToken?.(logoutToken);
      }
      // It waits for 2.5 s by itself, in which functions cannot start for the first time on a busy machine.
      return await fetch(url, { ...options, signal: AbortSignal.timeout(15_000) });
    },
  });
  provider.use(pages(provider, accounts, framedBy));
  return provider;
}

/**
 * Whether a page of this site sent the user to sign out. Only then is there no question: otherwise a link in any page
 * would sign out whoever follows it (RP-Initiated Logout 1.0, section 2: the OP should ask). Browsers alone set the header,
 * and those that do not know it are asked.
 *
 * @param site the header `Sec-Fetch-Site`
 */
function isOfOwnSite(site: string): boolean {
  return site === 'same-origin' || site === 'same-site';
}

function withEvents(provider: Provider, { onSignIn, onSignOut }: OpSettings): Provider {
  provider.on('authorization.success', ({ host, oidc }) => {
    const { session, client } = oidc;
    if (session?.accountId && client) {
      onSignIn?.({ host, account: session.accountId, clientId: client.clientId });
    }
  });
  provider.on('end_session.success', ({ host, oidc }) => {
    if (oidc.session?.accountId) {
      onSignOut?.({ host, account: oidc.session.accountId });
    }
  });
  return provider;
}
