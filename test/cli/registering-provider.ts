import { createServer } from 'node:http';
import { exportJWK } from 'jose';
import Provider from 'oidc-provider';
import { lentKeyPairs } from '../key-pairs.ts';
import { listen, stopServer } from '../loopback-server.ts';

/** A real OP at which clients can be registered, by whoever has its initial access token. */
export interface RegisteringProvider {
  readonly issuer: string;
  readonly initialAccessToken: string;
  /** Clients that were registered so far. */
  readonly registrations: number;
  stop(): Promise<void>;
}

export async function startRegisteringProvider(): Promise<RegisteringProvider> {
  const server = createServer();
  const issuer = await listen(server);
  const keyPairs = lentKeyPairs();
  const { privateKey } = await keyPairs.take('RS256');
  const initialAccessToken = 'an-initial-access-token-of-this-test';
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'op' }] },
    cookies: { keys: ['a key of this test run'] },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: false },
      registration: { enabled: true, initialAccessToken },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
    },
  });
  let registrations = 0;
  provider.on('registration_create.success', () => {
    registrations++;
  });
  server.on('request', provider.callback());
  return {
    issuer,
    initialAccessToken,
    get registrations() {
      return registrations;
    },
    async stop() {
      await stopServer(server);
      keyPairs.giveBack();
    },
  };
}
