import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** @param encryptionKey its policy must let CloudWatch Logs use it: see `letLogsUse`. Without it, CloudWatch Logs' own key */
export function accessLogGroup(scope: Construct, retention: RetentionDays, encryptionKey?: IKey): LogGroup {
  return new LogGroup(scope, 'AccessLog', {
    retention,
    ...(encryptionKey && { encryptionKey }),
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/**
 * The fields of a line of an access log, in JSON. No body, no query, and of the headers the user agent alone: a logout
 * token must never reach a log, nor a `sid`.
 *
 * @param routing what the kind of API calls its routes and errors
 * @param hasCustomDomain whether a request can come by more than one host name
 */
export function accessLogFormat(routing: AccessLogRouting, hasCustomDomain: boolean): AccessLogFormat {
  const { route, integrationError, ...further } = routing;
  return AccessLogFormat.custom(
    JSON.stringify({
      requestId: '$context.requestId',
      requestTime: '$context.requestTime',
      ...(hasCustomDomain && { domainName: '$context.domainName' }),
      sourceIp: '$context.identity.sourceIp',
      userAgent: '$context.identity.userAgent',
      routeKey: route,
      httpMethod: '$context.httpMethod',
      status: '$context.status',
      responseLatency: '$context.responseLatency',
      integrationLatency: '$context.integrationLatency',
      integrationError,
      ...further,
    }),
  );
}

export interface AccessLogRouting {
  readonly route: string;
  readonly integrationError: string;
  /** Why API Gateway itself refused the request, such as `THROTTLED`. */
  readonly errorType?: string;
}
