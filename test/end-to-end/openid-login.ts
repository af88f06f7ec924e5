import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type DecryptionKey,
  discovery,
  enableDecryptingResponses,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';

/** How the OP makes the tokens for a client. */
export interface TokenSettings {
  readonly clientSecret: string;
  readonly signedResponseAlg: 'RS256' | 'HS256';
  /** @default - ID tokens are not encrypted */
  readonly decryption?: { readonly key: DecryptionKey; readonly enc: string };
}

/** Whom the OP has signed in. */
export interface Login {
  readonly issuer: string;
  readonly sub: string;
  readonly sid: string | undefined;
  readonly idTokenIssuedAt: number;
  /** As the OP gave it. */
  readonly idToken: string;
}

/** Signs users in at an OP, with the authorization code flow. */
export class OpenidLogin {
  readonly #issuer: string;
  readonly #clientId: string;
  readonly #redirectUri: string;
  readonly #settings: TokenSettings;
  readonly #verifiers = new Map<string, string>();

  constructor(issuer: string, clientId: string, redirectUri: string, settings: TokenSettings) {
    this.#issuer = issuer;
    this.#clientId = clientId;
    this.#redirectUri = redirectUri;
    this.#settings = settings;
  }

  async authorizationUrl(): Promise<string> {
    const state = randomState();
    const verifier = randomPKCECodeVerifier();
    this.#verifiers.set(state, verifier);
    return buildAuthorizationUrl(await this.#client(), {
      redirect_uri: this.#redirectUri,
      scope: 'openid',
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }).href;
  }

  /** @param callback the URL with which the browser comes back from the OP */
  async loginFrom(callback: URL): Promise<Login> {
    const state = callback.searchParams.get('state') ?? '';
    const tokens = await authorizationCodeGrant(await this.#client(), callback, {
      expectedState: state,
      pkceCodeVerifier: this.#verifiers.get(state) ?? '',
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims || !tokens.id_token) {
      throw new Error('the OP sent no ID token');
    }
    return {
      issuer: claims.iss,
      sub: claims.sub,
      sid: typeof claims.sid === 'string' ? claims.sid : undefined,
      idTokenIssuedAt: claims.iat,
      idToken: tokens.id_token,
    };
  }

  async #client() {
    const { clientSecret, signedResponseAlg, decryption } = this.#settings;
    const metadata = { client_secret: clientSecret, id_token_signed_response_alg: signedResponseAlg };
    const configuration = await discovery(new URL(this.#issuer), this.#clientId, metadata, undefined, {
      execute: [allowInsecureRequests],
    });
    if (decryption) {
      enableDecryptingResponses(configuration, [decryption.enc], decryption.key);
    }
    return configuration;
  }
}
