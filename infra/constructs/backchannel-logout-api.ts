import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface BackchannelLogoutApiProps {
  readonly handler: IFunction;
}

/** The HTTP API whose one route is the `backchannel_logout_uri` of every relying party. */
export class BackchannelLogoutApi extends Construct {
  /** The URL to register at the OP. */
  readonly backchannelLogoutUri: string;

  constructor(scope: Construct, id: string, props: BackchannelLogoutApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Resource', {
      apiName: 'logout-receiver',
      description: 'OpenID Connect back-channel logout',
      createDefaultStage: false,
    });
    // ANY, not POST: the function answers 405 with `Allow: POST`, where the gateway would say 404.
    const [route] = api.addRoutes({
      path: '/backchannel-logout',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('BackchannelLogout', props.handler),
    });
    if (route) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'The signed logout token in the request body is the credential (Back-Channel Logout 1.0, section 2.6); the function verifies it. OPs send no other.',
      });
    }

    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'DefaultStage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      // An OP sends the logouts of all its users from few addresses, in bursts; a throttled logout is a lost one.
      throttle: { rateLimit: 500, burstLimit: 1000 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        // No body, no headers: a logout token must never reach a log.
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            requestTime: '$context.requestTime',
            sourceIp: '$context.identity.sourceIp',
            userAgent: '$context.identity.userAgent',
            routeKey: '$context.routeKey',
            httpMethod: '$context.httpMethod',
            status: '$context.status',
            responseLatency: '$context.responseLatency',
            integrationLatency: '$context.integrationLatency',
            integrationError: '$context.integrationErrorMessage',
          }),
        ),
      },
    });
    this.backchannelLogoutUri = `${stage.url}backchannel-logout`;
  }
}
