import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Why nothing was done. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError';
}

export interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * The account and region of the environment's credentials, where AWS_ACCOUNT_CONFIRMED names that account.
 *
 * @throws NotConfirmedError where it names none or another; the message says what would have been created
 */
export async function confirmedPlace(environment: NodeJS.ProcessEnv): Promise<Place> {
  const client = new STSClient();
  const { Account: account = '' } = await client.send(new GetCallerIdentityCommand());
  const region = await client.config.region();
  const confirmed = environment.AWS_ACCOUNT_CONFIRMED ?? '';
  if (account === '' || confirmed !== account) {
    throw new NotConfirmedError(
      [
        ...(confirmed === '' ? [] : [`AWS_ACCOUNT_CONFIRMED is ${confirmed}: the credentials are of another account.`]),
        `Nothing was created. Confirmed, this deploys to account ${account}, region ${region}, and destroys it again:`,
        '- an issuer: one function with a public URL, which publishes a key that is made for this run;',
        '- the receiver and its sessions table, in a stage of its own (t and eight digits): functions, an HTTP API, queues,',
        '  tables on demand, a KMS key, a schedule, alarms.',
        'It takes about ten minutes, and less than 1 USD: the key (1 USD a month) and the alarms (0.10 USD a month each) by',
        'the hour, and some hundred requests. The region must be bootstrapped (npx cdk bootstrap).',
        'The code stays in the bucket of the bootstrap, and the key waits for its deletion, which costs nothing.',
        `To confirm: AWS_ACCOUNT_CONFIRMED=${account} npm run test:aws`,
      ].join('\n'),
    );
  }
  return { account, region };
}
