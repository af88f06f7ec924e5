import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ReceiverStack } from './stacks/receiver-stack.ts';
import { SessionsStack } from './stacks/sessions-stack.ts';

const app = new App();
const relyingPartiesFile = 'relying-parties.json';
const sessions = new SessionsStack(app, 'LogoutReceiverSessions');
new ReceiverStack(app, 'LogoutReceiver', { sessionsTable: sessions.table, relyingPartiesFile });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
