/** List prices in US$ without free tier, first tier of volume. A million of what is counted, where nothing else is said. */
export interface Prices {
  readonly dynamodbWrites: number;
  readonly dynamodbReads: number;
  /** A GB for a month. */
  readonly dynamodbStorage: number;
  /** A GB of the table for a month: point-in-time recovery. */
  readonly dynamodbRecovery: number;
  readonly lambdaRequests: number;
  /** A million seconds of a GB on arm64. */
  readonly lambdaGigabyteSeconds: number;
  readonly httpApiRequests: number;
  readonly restApiRequests: number;
  readonly wafRequests: number;
  /** For a month: a web ACL, and a rule in it. */
  readonly wafWebAcl: number;
  readonly wafRule: number;
  readonly sqsRequests: number;
  readonly kmsRequests: number;
  /** A customer-managed key for a month. */
  readonly kmsKey: number;
  /** A secret for a month. */
  readonly secret: number;
  readonly secretRequests: number;
  readonly events: number;
  readonly schedules: number;
  /** A GB that is written. */
  readonly logs: number;
  /** A GB for a month; logs are stored compressed. */
  readonly logStorage: number;
  /** A metric of the functions for a month, by the hour in which it is written. */
  readonly metric: number;
  /** A metric that an alarm looks at, for a month. */
  readonly alarmMetric: number;
  readonly dashboard: number;
}

/**
 * Looked up on 2026-11-27, in copies of what AWS publishes:
 *
 * - DynamoDB: price list `AmazonDynamoDB`, published 2026-08-15 (https://aws.amazon.com/dynamodb/pricing/on-demand/).
 * - Lambda: price list `AWSLambda`, read 2026-09-11 (https://aws.amazon.com/lambda/pricing/).
 * - API Gateway: https://aws.amazon.com/api-gateway/pricing/. Of Frankfurt a copy of the page was not to be had: 1.20 and
 *   3.70 are what others have been charged there.
 * - CloudWatch: price list `AmazonCloudWatch`, published 2026-08-06 (https://aws.amazon.com/cloudwatch/pricing/).
 * - SQS: price list `AWSQueueService`, published 2025-08-28 (https://aws.amazon.com/sqs/pricing/).
 * - EventBridge and Scheduler: price list `AWSEvents`, published 2026-05-29 (https://aws.amazon.com/eventbridge/pricing/).
 * - KMS, Secrets Manager and WAF, which cost the same everywhere: https://aws.amazon.com/kms/pricing/ as others told it in
 *   March 2026, https://aws.amazon.com/secrets-manager/pricing/ as read on 2026-09-20, and https://aws.amazon.com/waf/pricing/
 *   as two others tell it in 2026.
 */
export const PRICES = {
  'us-east-1': {
    dynamodbWrites: 0.625,
    dynamodbReads: 0.125,
    dynamodbStorage: 0.25,
    dynamodbRecovery: 0.2,
    lambdaRequests: 0.2,
    lambdaGigabyteSeconds: 13.3334,
    httpApiRequests: 1,
    restApiRequests: 3.5,
    wafRequests: 0.6,
    wafWebAcl: 5,
    wafRule: 1,
    sqsRequests: 0.4,
    kmsRequests: 3,
    kmsKey: 1,
    secret: 0.4,
    secretRequests: 5,
    events: 1,
    schedules: 1,
    logs: 0.5,
    logStorage: 0.03,
    metric: 0.3,
    alarmMetric: 0.1,
    dashboard: 3,
  },
  'eu-central-1': {
    dynamodbWrites: 0.7625,
    dynamodbReads: 0.1525,
    dynamodbStorage: 0.306,
    dynamodbRecovery: 0.2448,
    lambdaRequests: 0.2,
    lambdaGigabyteSeconds: 13.3334,
    httpApiRequests: 1.2,
    restApiRequests: 3.7,
    wafRequests: 0.6,
    wafWebAcl: 5,
    wafRule: 1,
    sqsRequests: 0.4,
    kmsRequests: 3,
    kmsKey: 1,
    secret: 0.4,
    secretRequests: 5,
    events: 1,
    schedules: 1.15,
    logs: 0.63,
    logStorage: 0.0324,
    metric: 0.3,
    alarmMetric: 0.1,
    dashboard: 3,
  },
} as const satisfies Record<string, Prices>;

export type Region = keyof typeof PRICES;
export const REGIONS: readonly Region[] = ['us-east-1', 'eu-central-1'];
