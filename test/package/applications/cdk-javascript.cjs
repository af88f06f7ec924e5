const { App, CfnOutput, Stack } = require('aws-cdk-lib');
const { LogoutReceiver } = require('logout-receiver/cdk');

const app = new App();
const stack = new Stack(app, 'Shop');
const logout = new LogoutReceiver(stack, 'Logout', {
  relyingParties: [{ issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] }],
});
new CfnOutput(stack, 'Uri', { value: logout.backchannelLogoutUri });
