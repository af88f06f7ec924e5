import { requireOption, requireRelyingParty } from '../sessions/input-checks.ts';
import type { RelyingPartyIdentity } from '../sessions/item-keys.ts';
import { isHttp, isSecureUrl } from '../sessions/secure-url.ts';
import { EndSessionEndpoint } from './end-session-endpoint.ts';
import { type HintOutcome, idTokenHint } from './id-token-hint.ts';
import {
  checkLogoutState,
  newLogoutState,
  type StateOutcome,
  type StateOwner,
  usedStateCookie,
} from './logout-state.ts';
import { EndSessionEndpointError, SessionNotEndedError } from './logout-url-errors.ts';
import { type DecryptionKeys, requireDecryptionKeys } from './token-decryption.ts';

export interface LogoutUrlOptions extends DecryptionKeys {
  /** Of whose ID tokens the users sign in with. */
  readonly relyingParty: RelyingPartyIdentity;
  /** Where the OP sends the browser back to: https, without a fragment, registered at the OP exactly so. */
  readonly postLogoutRedirectUri: string;
  /**
   * Where the OP signs users out, for an OP that does not say so in its discovery document, or says it of another issuer.
   * @default - the `end_session_endpoint` of the issuer's discovery document
   */
  readonly endSessionEndpoint?: string;
}

/** A user who signs out. */
export interface SignOut {
  /**
   * Ends the session at the relying party. Resolves when it is gone, also where there was none, and rejects where it may
   * still be there.
   */
  readonly endSession: () => Promise<unknown>;
  /** As the token endpoint gave it, encrypted or not; it may have expired. */
  readonly idToken?: string | undefined;
  /** Tells the OP who signs out where there is no ID token: what the OP takes as `login_hint`. */
  readonly logoutHint?: string | undefined;
  /** Languages for the OP's pages, BCP 47 tags with blanks between them, the preferred one first. */
  readonly uiLocales?: string | undefined;
}

/** The session at the relying party has ended. Send the browser to the OP. */
export interface LogoutRedirect {
  readonly outcome: 'redirect';
  /** Holds the ID token: do not log it. */
  readonly url: string;
  /** For the `Set-Cookie` header of the redirect. */
  readonly setCookie: string;
  readonly idTokenHint: HintOutcome;
}

/** The session at the relying party has ended, and the user stays signed in at the OP: it cannot be found out where it signs out. */
export interface LocalLogout {
  readonly outcome: 'signed_out_here_only';
  readonly error: EndSessionEndpointError;
}

/** What became of a way back from the OP. */
export type LogoutReturn =
  | {
      readonly outcome: 'ok';
      /** For the `Set-Cookie` header: the state is used with it. */
      readonly setCookie: string;
    }
  | { readonly outcome: Exclude<StateOutcome, 'ok'>; readonly setCookie?: undefined };

/** Request lines of 8 KiB are the most that many proxies and servers take. */
const MAX_URL_LENGTH = 8000;

/** Signs users out at the OP too (OpenID Connect RP-Initiated Logout 1.0). */
export class LogoutUrl {
  readonly #owner: StateOwner;
  readonly #postLogoutRedirectUri: string;
  readonly #endpoint: Pick<EndSessionEndpoint, 'locate'>;
  readonly #keys: DecryptionKeys;

  /** @throws TypeError where an option is missing, or no secure URL */
  constructor({ relyingParty, postLogoutRedirectUri, endSessionEndpoint, ...keys }: LogoutUrlOptions) {
    requireRelyingParty(relyingParty);
    requireSecureUrl({ postLogoutRedirectUri });
    requireSecureUrl(
      endSessionEndpoint === undefined ? { 'relyingParty.issuer': relyingParty.issuer } : { endSessionEndpoint },
    );
    requireDecryptionKeys(keys);
    const { issuer, clientId } = relyingParty;
    this.#owner = { issuer, clientId, isSecure: !isHttp(postLogoutRedirectUri) };
    this.#postLogoutRedirectUri = postLogoutRedirectUri;
    this.#endpoint =
      endSessionEndpoint === undefined ? new EndSessionEndpoint(issuer) : { locate: async () => endSessionEndpoint };
    this.#keys = keys;
  }

  /**
   * Ends the session at the relying party, and then makes the redirect to the OP. Where it returns, the session has
   * ended, whatever else went wrong.
   *
   * @throws SessionNotEndedError where `endSession` fails: the user is still signed in
   */
  async begin(signOut: SignOut): Promise<LogoutRedirect | LocalLogout> {
    await end(signOut.endSession);
    try {
      return await this.#redirect(signOut, await this.#endpoint.locate());
    } catch (error) {
      if (error instanceof EndSessionEndpointError) {
        return { outcome: 'signed_out_here_only', error };
      }
      throw error;
    }
  }

  /**
   * Checks the `state` with which the OP sends the browser back to `postLogoutRedirectUri`.
   *
   * It says nothing of the OP's session: the user may have chosen to keep it.
   *
   * @param state of the query; several count as none that fits
   * @param cookie the request's `Cookie` header
   */
  finish({ state, cookie }: { readonly state: unknown; readonly cookie: string | null | undefined }): LogoutReturn {
    const outcome = checkLogoutState(this.#owner, state, cookie);
    return outcome === 'ok' ? { outcome, setCookie: usedStateCookie(this.#owner, String(state)) } : { outcome };
  }

  /** RP-Initiated Logout 1.0, section 2. */
  async #redirect({ idToken, logoutHint, uiLocales }: SignOut, endpoint: string): Promise<LogoutRedirect> {
    const { state, setCookie } = newLogoutState(this.#owner);
    const parameters = {
      client_id: this.#owner.clientId,
      post_logout_redirect_uri: this.#postLogoutRedirectUri,
      state,
      logout_hint: logoutHint,
      ui_locales: uiLocales,
    };
    const hint = await idTokenHint(idToken, this.#owner, this.#keys);
    const url = withParameters(endpoint, { ...parameters, id_token_hint: hint.token });
    if (hint.outcome === 'sent' && url.length > MAX_URL_LENGTH) {
      // Not by POST instead: an OP whose cookies are SameSite=Lax would not know the browser, and sign nobody out.
      return { outcome: 'redirect', url: withParameters(endpoint, parameters), setCookie, idTokenHint: 'too_long' };
    }
    return { outcome: 'redirect', url, setCookie, idTokenHint: hint.outcome };
  }
}

async function end(endSession: () => Promise<unknown>): Promise<void> {
  try {
    const ended: unknown = endSession();
    // JavaScript programs have no compiler that tells them of a function that takes a callback.
    if (typeof Object(ended).then !== 'function') {
      throw new TypeError('endSession must return a promise');
    }
    await ended;
  } catch (cause) {
    throw new SessionNotEndedError({ cause });
  }
}

/** Keeps the query that the endpoint has (section 2.1), and none of our parameters twice. */
function withParameters(endpoint: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  return url.href;
}

function requireSecureUrl(urls: Readonly<Record<string, unknown>>): void {
  for (const [name, url] of Object.entries(urls)) {
    requireOption(name, isSecureUrl(url), 'an https: URL without a fragment, or an http: one on loopback');
  }
}
