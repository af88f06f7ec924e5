import { createServer } from 'node:http';
import { exportJWK } from 'jose';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { lentKeyPairs } from '../key-pairs.ts';
import { listen, stopServer } from '../loopback-server.ts';

export interface OpenidProvider {
  readonly issuer: string;
  /** Registers the clients and opens for business; until then it only has an address. */
  open(...clients: ClientMetadata[]): Promise<void>;
  /** The statuses with which relying parties answered its logout requests so far. */
  readonly logoutAnswers: number[];
  stop(): Promise<void>;
}

/** Reserves an address for a real OpenID Provider (oidc-provider). */
export async function reserveOpenidProvider(): Promise<OpenidProvider> {
  const server = createServer();
  const issuer = await listen(server);
  const logoutAnswers: number[] = [];
  return {
    issuer,
    logoutAnswers,
    async open(...clients) {
      const { privateKey } = await lentKeyPairs().take('RS256');
      const algorithms = [...new Set(clients.flatMap((client) => client.id_token_signed_response_alg ?? []))];
      const provider = new Provider(issuer, {
        clients,
        jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'op' }] },
        cookies: { keys: ['a key of this test run'] },
        features: {
          backchannelLogout: { enabled: true },
          devInteractions: { enabled: true },
          encryption: { enabled: true },
        },
        enabledJWA: {
          idTokenSigningAlgValues: algorithms,
          idTokenEncryptionAlgValues: ['RSA-OAEP-256', 'ECDH-ES'],
          idTokenEncryptionEncValues: ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'],
        },
        async fetch(url, options) {
          // Its guard against requests to loopback, where all parts of the test are.
          Reflect.deleteProperty(options ?? {}, 'dispatcher');
          // And its patience of 2.5 s, in which nothing is sure to be done on a busy machine.
          Reflect.deleteProperty(options ?? {}, 'signal');
          const response = await fetch(url, options);
          logoutAnswers.push(response.status);
          return response;
        },
      });
      server.on('request', provider.callback());
    },
    stop: () => stopServer(server),
  };
}
