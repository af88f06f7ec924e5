import { afterAll, beforeAll, describe } from 'vitest';
import { SessionStore } from '../../relying-party/sessions/index.ts';
import { testDeployment } from '../account/deployment-suite.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { type LocalRun, startLocalRun } from '../local-run.ts';

// That the suite of `npm run test:aws` can pass: nobody here has an account.
describe('the local run', () => {
  let op: TestIssuer;
  let receiver: LocalRun;

  beforeAll(async () => {
    op = await startIssuer('RS256');
    receiver = await startLocalRun([{ issuer: op.issuer, clientId: 'shop', algorithms: ['RS256'] }]);
  });

  afterAll(async () => {
    await Promise.all([receiver.stop(), op.stop()]);
  });

  testDeployment(() => ({
    endpoint: receiver.endpoint,
    store: new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions }),
    issuer: op.issuer,
    clientId: 'shop',
    sign: (claims) => op.sign(claims),
  }));
});
