import { Validations } from 'aws-cdk-lib';
import { CfnStage, HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { accessLogFormat, accessLogGroup } from './access-log.ts';
import type { CustomDomain } from './custom-domain.ts';
import { FrontDoor, type FrontDoorSettings } from './front-door.ts';
import { frontchannelThrottle, type Throttle } from './throttle.ts';

/** The receiver behind an HTTP API. */
export class HttpApiFrontDoor extends FrontDoor {
  readonly backchannelLogoutUri: string;
  readonly accessLog: LogGroup;
  readonly #api: HttpApi;
  readonly #stage: HttpStage;
  readonly #throttle: Throttle;
  readonly #baseUrl: string;
  readonly #customDomain: CustomDomain | undefined;

  constructor(scope: Construct, id: string, settings: FrontDoorSettings) {
    super(scope, id);
    const { customDomain, throttle, disableExecuteApi } = settings;
    const api = new HttpApi(this, 'Resource', {
      apiName: settings.apiName,
      description: 'OpenID Connect back-channel logout',
      createDefaultStage: false,
      ...(disableExecuteApi && { disableExecuteApiEndpoint: true }),
    });
    // ANY, not POST: the function answers 405 with `Allow: POST`, where the gateway would say 404.
    const [route] = api.addRoutes({
      path: '/backchannel-logout',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('BackchannelLogout', settings.handler),
    });
    if (route) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'The signed logout token in the request body is the credential (Back-Channel Logout 1.0, section 2.6); the function verifies it. OPs send no other.',
      });
    }

    this.accessLog = accessLogGroup(this, settings.logRetention, settings.encryptionKey);
    const stage = new HttpStage(this, 'DefaultStage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: accessLogFormat(
          { route: '$context.routeKey', integrationError: '$context.integrationErrorMessage' },
          customDomain !== undefined,
        ),
      },
    });
    customDomain?.leadTo(api.apiId, stage);
    if (route) {
      customDomain?.onceThereIs(route);
    }
    this.#baseUrl = customDomain?.url ?? stage.url;
    this.backchannelLogoutUri = `${this.#baseUrl}backchannel-logout`;
    this.#api = api;
    this.#stage = stage;
    this.#customDomain = customDomain;
    this.#throttle = throttle;
  }

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
      const { rateLimit, burstLimit } = frontchannelThrottle(this.#throttle);
      stage.addPropertyOverride('RouteSettings', {
        'GET /frontchannel-logout': {
          ThrottlingRateLimit: rateLimit,
          ThrottlingBurstLimit: burstLimit,
          DetailedMetricsEnabled: true,
        },
      });
      // Settings can be given to routes that are there.
      stage.node.addDependency(route);
      this.#customDomain?.onceThereIs(route);
    }
    return `${this.#baseUrl}frontchannel-logout`;
  }

  metricServerError(options?: MetricOptions): Metric {
    return this.#stage.metricServerError({ statistic: 'sum', ...options });
  }

  metricClientError(options?: MetricOptions): Metric {
    return this.#stage.metricClientError({ statistic: 'sum', ...options });
  }
}
