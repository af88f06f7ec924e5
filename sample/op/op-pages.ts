import { text } from 'node:stream/consumers';
import type Provider from 'oidc-provider';
import { errors } from 'oidc-provider';
import { pageHeaders, stylesheet } from '../page/page.ts';
import { accountsPage, homePage, problemPage, signOutScript } from './pages.ts';

type Middleware = Parameters<Provider['use']>[0];
type Context = Parameters<Middleware>[0];

/** The pages that `oidc-provider` leaves to whoever uses it. */
export function pages(provider: Provider, accounts: readonly string[], framedBy?: string): Middleware {
  // The form that asks for the account ends at the client, by redirects.
  const headers = pageHeaders({ framedBy, formAction: '*' });
  const show = (context: Context, page: string) => {
    context.set(headers);
    context.body = page;
  };
  return async (context, next) => {
    const { path } = context;
    // Also for the pages of oidc-provider, which adds to it what these need.
    context.set('content-security-policy', headers['content-security-policy']);
    if (path === '/style.css') {
      context.type = 'css';
      context.body = stylesheet;
    } else if (path === '/sign-out.js') {
      context.type = 'js';
      context.body = signOutScript;
    } else if (path === '/') {
      const { accountId } = await provider.Session.get(context);
      show(context, homePage(accountId));
    } else if (path.startsWith('/interaction/')) {
      await askForAccount(context, provider, accounts, show);
    } else {
      await next();
    }
  };
}

async function askForAccount(
  context: Context,
  provider: Provider,
  accounts: readonly string[],
  show: (context: Context, page: string) => void,
): Promise<void> {
  const { req, res } = context;
  try {
    const { params } = await provider.interactionDetails(req, res);
    const account = req.method === 'POST' ? new URLSearchParams(await text(req)).get('account') : null;
    if (account === null || !accounts.includes(account)) {
      show(context, accountsPage(String(params.client_id), accounts));
      return;
    }
    context.redirect(await provider.interactionResult(req, res, { login: { accountId: account } }));
    context.status = 303;
  } catch (error) {
    if (!(error instanceof errors.SessionNotFound)) {
      throw error;
    }
    show(context, problemPage('This sign-in is over. Begin again at the application.'));
    context.status = 400;
  }
}
