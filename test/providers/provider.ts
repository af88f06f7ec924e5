import type { Browser } from '../end-to-end/browser.ts';

/** A client of an OP, as it is registered there. */
export interface ProviderClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly backchannelLogoutUri: string;
}

/** A real OP, on loopback, with one user. It ends with the test that started it. */
export interface Provider {
  /** Name and version as its guide has them. */
  readonly release: string;
  readonly issuer: string;
  /** Registers a client whose logout tokens name a `sid`. */
  register(client: ProviderClient): Promise<void>;
  /** Opens the relying party's login, and signs the user in at the OP. @returns what the relying party says then */
  signIn(browser: Browser, loginUrl: string): Promise<string>;
  /** Has the user sign out at the OP. */
  signOut(browser: Browser): Promise<void>;
  /** Ends the user's OP sessions in a way of which the guide says that it sends no token. */
  endInSilence(): Promise<void>;
}
