import type { Account, Configuration } from 'oidc-provider';

/** Everyone is who they say they are. */
export async function findAccount(_context: unknown, accountId: string): Promise<Account> {
  return { accountId, claims: () => ({ sub: accountId }) };
}

/** The clients are the OP's own: nobody is asked for consent. */
export const grantAll: NonNullable<Configuration['loadExistingGrant']> = async ({ oidc }) => {
  const { session, client, provider } = oidc;
  if (!session?.accountId || !client) {
    return undefined;
  }
  const grantId = session.grantIdFor(client.clientId);
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  if (existing) {
    return existing;
  }
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid');
  await grant.save();
  return grant;
};
