import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { CfnStage, HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface BackchannelLogoutApiProps {
  readonly apiName: string;
  readonly logRetention: RetentionDays;
  readonly handler: IFunction;
}

/**
 * Lower than the stage's: it is for single browsers, and must leave functions to the back channel. While DynamoDB hangs, a
 * request takes up to nine seconds: 450 of the 1,000 executions that an account may have at once.
 */
const FRONTCHANNEL_THROTTLE = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 };

/** The HTTP API whose route is the `backchannel_logout_uri` of every relying party. */
export class BackchannelLogoutApi extends Construct {
  /** The URL to register at the OP. */
  readonly backchannelLogoutUri: string;
  readonly #api: HttpApi;
  readonly #stage: HttpStage;

  constructor(scope: Construct, id: string, props: BackchannelLogoutApiProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Resource', {
      apiName: props.apiName,
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
      retention: props.logRetention,
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
    this.#api = api;
    this.#stage = stage;
  }

  /**
   * Adds the route that is the `frontchannel_logout_uri` of every relying party.
   *
   * @returns its URL
   */
  addFrontchannelLogout(handler: IFunction): string {
    // GET alone: it is what an iframe sends, and the gateway refuses all else.
    const [route] = this.#api.addRoutes({
      path: '/frontchannel-logout',
      methods: [HttpMethod.GET],
      integration: new HttpLambdaIntegration('FrontchannelLogout', handler),
    });
    const stage = this.#stage.node.defaultChild;
    if (route && stage instanceof CfnStage) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'OpenID Connect Front-Channel Logout 1.0 has no credential but the sid in the query. It is off by default, and ends sessions of the relying parties alone that have it on.',
      });
      stage.addPropertyOverride('RouteSettings', {
        'GET /frontchannel-logout': { ...FRONTCHANNEL_THROTTLE, DetailedMetricsEnabled: true },
      });
      // Settings can be given to routes that are there.
      stage.node.addDependency(route);
    }
    return `${this.#stage.url}frontchannel-logout`;
  }
}
