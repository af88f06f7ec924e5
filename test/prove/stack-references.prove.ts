import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { expect, it } from 'vitest';
import { LogoutDeployment } from '../../infra/logout-deployment.ts';
import { LogoutReceiver } from '../../infra/logout-receiver.ts';
import { SessionsTable } from '../../infra/sessions-table.ts';
import { newApp, relyingParties } from '../infra/receiver-stacks.ts';

it.each(['weak', 'strong'])('table, key and VPC can be of another stack, with %s references', (kind) => {
  const app = newApp();
  app.node.setContext('@aws-cdk/core:defaultCrossStackReferences', kind);
  const newStack = (id: string) => new Stack(app, id, { env: { region: 'eu-west-1' } });
  const [stateful, stack, shop] = [newStack('Stateful'), newStack('Receiver'), newStack('Shop')];
  const encryptionKey = new Key(stateful, 'Key');
  const { table: sessionsTable } = new SessionsTable(stateful, 'Sessions', { encryptionKey });
  const { sessions } = new LogoutReceiver(stack, 'Logout', {
    ...{ relyingParties, sessionEndedEvents: true, frontchannelLogout: true, encryptionKey, sessionsTable },
    ...{ vpc: new Vpc(stateful, 'Vpc'), deployment: LogoutDeployment.canary() },
  });
  sessions.grantReadWrite(new Role(shop, 'Application', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  // Stacks that need each other stop the synthesis.
  app.synth();
  const names = ({ dependencies }: Stack) => dependencies.map(({ stackName }) => stackName);
  expect([stateful, stack, shop].map(names)).toEqual([[], ['Stateful'], ['Stateful']]);
  expect(JSON.stringify(Template.fromStack(stack).toJSON()).includes('Fn::ImportValue')).toBe(kind === 'strong');
});
