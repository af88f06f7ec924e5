import type { OpSettings } from '../../sample/op/op.ts';
import { deviceOf } from './addresses.ts';
import type { Tell } from './stage-news.ts';

/** Tells what the OP says of itself. */
export function opNews(tell: Tell): Required<Pick<OpSettings, 'onSignIn' | 'onSignOut'>> {
  return {
    onSignIn({ host, account, clientId: client }) {
      const text = `${account} signs in to ${client}${onDeviceOf(host)}.`;
      tell({ what: 'signed-in', text, ...deviceIn(host), client, account });
    },
    onSignOut({ host, account }) {
      const text = `${account} has signed out at the OP${onDeviceOf(host)}.`;
      tell({ what: 'op-signed-out', text, ...deviceIn(host), account });
    },
  };
}

/**
 * Tells of logins that an application refuses.
 *
 * @param host of the request
 * @returns whether the error is one
 */
export function tellIfRefused(tell: Tell, client: string, error: unknown, host = ''): boolean {
  // By its name: applications have the class from the package, and local/ knows nothing of it.
  const isRefused = error instanceof Error && error.name === 'LoggedOutError';
  if (isRefused) {
    const text = `A sign-in at ${client} was refused: its user was signed out while it was under way.`;
    tell({ what: 'login-refused', text, ...deviceIn(host), client });
  }
  return isRefused;
}

/**
 * Tells of a login that is held.
 *
 * @param authorization of the token request: the client's, by HTTP Basic (OAuth 2.0, section 2.3.1)
 */
export function tellHeld(tell: Tell, authorization = ''): void {
  const [client = ''] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
  tell({
    what: 'login-held',
    text: `The OP has issued an ID token for ${client}, and its answer is held back.`,
    client,
  });
}

function deviceIn(host: string) {
  const device = deviceOf(host);
  return device === undefined ? {} : { device };
}

function onDeviceOf(host: string): string {
  const device = deviceOf(host);
  return device === undefined ? '' : ` on the ${device}`;
}
