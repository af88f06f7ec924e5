import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Code, FunctionUrlAuthType, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';

/** Publishes the discovery document and the JWKS, to anyone. Its own address is known only to who is asked there. */
const CODE = `exports.handler = async ({ rawPath, requestContext }) => {
  const issuer = 'https://' + requestContext.domainName;
  const documents = {
    '/.well-known/openid-configuration': JSON.stringify({ issuer, jwks_uri: issuer + '/jwks' }),
    '/jwks': process.env.JWKS,
  };
  const body = documents[rawPath];
  return { statusCode: body ? 200 : 404, headers: { 'content-type': 'application/json' }, body: body ?? '{}' };
};`;

// The issuer of `npm run test:aws`: a function, and its URL.
const app = new App();
const stack = new Stack(app, `${app.node.getContext('stage')}-Issuer`, {
  description: 'logout-receiver: the issuer of npm run test:aws',
});
const issuer = new LambdaFunction(stack, 'Issuer', {
  code: Code.fromInline(CODE),
  handler: 'index.handler',
  runtime: Runtime.NODEJS_24_X,
  timeout: Duration.seconds(5),
  environment: { JWKS: app.node.getContext('jwks') },
});
const { url } = issuer.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
new CfnOutput(stack, 'Url', { value: url });
app.synth();
