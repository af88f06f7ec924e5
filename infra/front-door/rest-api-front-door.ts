import { Validations } from 'aws-cdk-lib';
import {
  EndpointType as ApiEndpointType,
  CfnStage,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { accessLogFormat, accessLogGroup } from './access-log.ts';
import { resourcePolicy } from './allowed-addresses.ts';
import type { CustomDomain } from './custom-domain.ts';
import { FrontDoor, type FrontDoorSettings } from './front-door.ts';
import { frontchannelThrottle, type Throttle } from './throttle.ts';
import { WebAcl } from './web-acl.ts';

export interface RestApiSettings extends FrontDoorSettings {
  /** @default - all */
  readonly allowedAddresses?: readonly string[] | undefined;
  readonly hasFrontchannel: boolean;
  /** @default - one is made */
  readonly webAclArn?: string | undefined;
  /**
   * Why there is no web ACL.
   * @default - there is one
   */
  readonly withoutWebAcl?: string | undefined;
}

/** In the URL, where no custom domain leads to it. */
const STAGE_NAME = 'v1';

/** The receiver behind a REST API, with an allow-list of addresses and a web ACL. */
export class RestApiFrontDoor extends FrontDoor {
  readonly backchannelLogoutUri: string;
  readonly accessLog: LogGroup;
  readonly #api: RestApi;
  readonly #throttle: Throttle;
  readonly #baseUrl: string;
  readonly #customDomain: CustomDomain | undefined;

  constructor(scope: Construct, id: string, settings: RestApiSettings) {
    super(scope, id);
    const { customDomain, throttle, disableExecuteApi, allowedAddresses, hasFrontchannel } = settings;
    this.accessLog = accessLogGroup(this, settings.logRetention, settings.encryptionKey);
    this.#throttle = throttle;
    this.#api = new RestApi(this, 'Resource', {
      restApiName: settings.apiName,
      description: 'OpenID Connect back-channel logout',
      endpointTypes: [ApiEndpointType.REGIONAL],
      // The role is one for the whole account and region: docs/front-door.md.
      cloudWatchRole: false,
      ...(disableExecuteApi && { disableExecuteApiEndpoint: true }),
      ...(allowedAddresses && { policy: resourcePolicy(allowedAddresses, hasFrontchannel) }),
      deployOptions: {
        stageName: STAGE_NAME,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: accessLogFormat(
          settings.apiName,
          {
            route: '$context.resourcePath',
            integrationError: '$context.integration.error',
            errorType: '$context.error.responseType',
          },
          customDomain !== undefined,
        ),
      },
    });
    // The URL has an output of the receiver's own.
    this.#api.node.tryRemoveChild('Endpoint');
    this.#cfnStage.methodSettings = [methodSetting('/*', '*', throttle)];
    this.#addGatewayResponses();
    const stage = this.#api.deploymentStage;
    customDomain?.leadTo(this.#api.restApiId, stage);
    this.#customDomain = customDomain;
    this.#addMethod(
      ...(['backchannel-logout', 'ANY', settings.handler] as const),
      'The signed logout token in the request body is the credential (Back-Channel Logout 1.0, section 2.6); the function verifies it. OPs send no other.',
    );
    this.#baseUrl = customDomain?.url ?? stage.urlForPath('/');
    this.backchannelLogoutUri = `${this.#baseUrl}backchannel-logout`;
    this.#protect(settings);
    this.#acknowledge();
  }

  addFrontchannelLogout(handler: IFunction): string {
    this.#addMethod(
      ...(['frontchannel-logout', 'GET', handler] as const),
      'OpenID Connect Front-Channel Logout 1.0 has no credential but the sid in the query. It is off by default, and ends sessions of the relying parties alone that have it on.',
    );
    this.#cfnStage.methodSettings = [
      methodSetting('/*', '*', this.#throttle),
      methodSetting('/~1frontchannel-logout', 'GET', frontchannelThrottle(this.#throttle)),
    ];
    return `${this.#baseUrl}frontchannel-logout`;
  }

  // Of the API, which has one stage. Alarms on the stage would wait for it, it waits for the aliases of the functions, and
  // in a canary deployment those wait for the alarms: npm run lint:templates finds such a circle.
  metricCount(options?: MetricOptions): Metric {
    return this.#api.metricCount({ statistic: 'sum', ...options });
  }

  metricServerError(options?: MetricOptions): Metric {
    return this.#api.metricServerError({ statistic: 'sum', ...options });
  }

  metricClientError(options?: MetricOptions): Metric {
    return this.#api.metricClientError({ statistic: 'sum', ...options });
  }

  get #cfnStage(): CfnStage {
    const stage = this.#api.deploymentStage.node.defaultChild;
    if (!(stage instanceof CfnStage)) {
      throw new TypeError('the stage of a REST API is no CfnStage');
    }
    return stage;
  }

  #addMethod(path: string, method: string, handler: IFunction, whyUnauthorized: string): void {
    const integration = new LambdaIntegration(handler, { allowTestInvoke: false });
    const added = this.#api.root.addResource(path).addMethod(method, integration);
    for (const id of ['AwsSolutions-APIG4', 'AwsSolutions-COG4']) {
      Validations.of(added).acknowledge({ id, reason: whyUnauthorized });
    }
    this.#customDomain?.onceThereIs(added);
  }

  /** No answer may be cached, whoever gives it (Back-Channel Logout 1.0, section 2.8). */
  #addGatewayResponses(): void {
    const answer = {
      responseHeaders: { 'Cache-Control': "'no-store'" },
      templates: { 'application/json': '{"message":$context.error.messageString}' },
    };
    this.#api.addGatewayResponse('ClientError', { type: ResponseType.DEFAULT_4XX, ...answer });
    this.#api.addGatewayResponse('ServerError', { type: ResponseType.DEFAULT_5XX, ...answer });
    // By itself a REST API answers 403 to a path that it does not have, as if somebody were kept out.
    this.#api.addGatewayResponse('NotFound', {
      type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
      statusCode: '404',
      responseHeaders: answer.responseHeaders,
      templates: { 'application/json': '{"message":"Not Found"}' },
    });
  }

  #protect({ apiName, throttle, allowedAddresses, webAclArn, withoutWebAcl }: RestApiSettings): void {
    const stage = this.#api.deploymentStage;
    if (withoutWebAcl !== undefined) {
      Validations.of(stage).acknowledge({ id: 'AwsSolutions-APIG3', reason: withoutWebAcl });
      return;
    }
    new CfnWebACLAssociation(this, 'WebAclAssociation', {
      resourceArn: stage.stageArn,
      webAclArn: webAclArn ?? new WebAcl(this, 'WebAcl', { metricName: apiName, throttle, allowedAddresses }).arn,
    });
  }

  #acknowledge(): void {
    Validations.of(this.#api).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason:
        'The function checks the form of requests, and says which rule a request breaks; a form has no JSON schema.',
    });
    Validations.of(this.#api.deploymentStage).acknowledge(
      {
        id: 'AwsSolutions-APIG6',
        reason:
          'Execution logs can hold headers, queries and bodies, and so logout tokens and sids. The access log has each request.',
      },
      {
        id: 'Serverless-APIGWXrayEnabled',
        reason:
          'Traces are sampled; the access log has each request, with the latency of API Gateway and of the function.',
      },
    );
  }
}

/** All of them: what a method does not set is not taken from those of the stage. */
function methodSetting(resourcePath: string, httpMethod: string, { rateLimit, burstLimit }: Throttle) {
  return {
    ...{ resourcePath, httpMethod, throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit },
    ...{ metricsEnabled: true, loggingLevel: MethodLoggingLevel.OFF, dataTraceEnabled: false },
  };
}
