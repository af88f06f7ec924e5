import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogoutReceiver, RelyingParties } from 'logout-receiver/cdk';

const app = new App();
const stack = new Stack(app, 'Shop');
const logout = new LogoutReceiver(stack, 'Logout', {
  relyingParties: [{ issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] }],
  sessionEndedEvents: true,
});
const application = new Role(stack, 'Application', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
logout.sessions.grantReadWrite(application);
const checking = new Role(stack, 'Checking', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
logout.sessions.grantCheck(checking);
new CfnOutput(stack, 'Uri', { value: logout.backchannelLogoutUri });
new CfnOutput(stack, 'Table', { value: logout.sessions.tableName });
const rejected = logout.metricRejected('signature_invalid', { period: Duration.minutes(1) });
new CfnOutput(stack, 'Rejected', { value: rejected.metricName });
new CfnOutput(stack, 'Function', { value: logout.functions.backchannelLogout.function.functionName });

new LogoutReceiver(new Stack(app, 'Forum'), 'Logout', {
  relyingParties: RelyingParties.fromFile('relying-parties.json'),
  stage: 'forum',
});

/** Nobody calls it: the compiler must refuse what stands in it. */
export function refused(): void {
  // @ts-expect-error a relying party has an issuer
  new LogoutReceiver(stack, 'Wrong', { relyingParties: [{ clientId: 'shop' }] });
  // @ts-expect-error there is no such property
  new LogoutReceiver(stack, 'Wrong', { relyingParties: [], relyingParty: [] });
}
