import * as z from 'zod/mini';
import { localAccount } from '../../local/local-account.ts';
import { physicalIds } from '../../local/template/physical-ids.ts';
import type { ProxiedRequest } from '../fault-proxy.ts';

/** A call that a function made. */
export interface RecordedCall {
  /** Logical id of the function in its template; undefined where the request does not say. */
  readonly functionId: string | undefined;
  /** As IAM names it: `dynamodb:GetItem`. */
  readonly action: string;
  /** ARNs of what the call is about, or `unknown`. */
  readonly resources: readonly string[];
}

/** IAM's names of the services, by what their protocols call them. */
const SERVICES: Readonly<Record<string, string>> = {
  AmazonSQS: 'sqs',
  AWSEvents: 'events',
  DynamoDB_20120810: 'dynamodb',
  secretsmanager: 'secretsmanager',
};

const Input = z.object({
  TableName: z.optional(z.string()),
  RequestItems: z.optional(z.record(z.string(), z.unknown())),
  QueueUrl: z.optional(z.string()),
  Entries: z.optional(z.array(z.object({ EventBusName: z.optional(z.string()) }))),
  SecretId: z.optional(z.string()),
});

/** The variable with which the AWS SDK is told to name, in the header `User-Agent`, the application that calls. */
export const APPLICATION_ID = 'AWS_SDK_UA_APP_ID';

/**
 * Reads from a request who calls, and what for. What it cannot read is not left out: no permission allows it.
 *
 * @param operation of the request
 */
export function recordedCall(operation: string, { headers, body }: ProxiedRequest): RecordedCall {
  const [protocol = ''] = String(headers['x-amz-target']).split('.');
  const [, signedFor] = /Credential=[^/]*\/[^/]*\/[^/]*\/([^/]*)/.exec(headers.authorization ?? '') ?? [];
  const resources = resourcesIn(body);
  return {
    // Powertools puts a hyphen and more behind it; a logical id has letters and digits alone.
    functionId: /(?:^| )app\/([A-Za-z0-9]+)/.exec(headers['user-agent'] ?? '')?.[1],
    action: `${SERVICES[protocol] ?? signedFor}:${operation}`,
    resources: resources.length > 0 ? resources : ['unknown'],
  };
}

function resourcesIn(body: string): string[] {
  const { TableName, RequestItems, QueueUrl, Entries, SecretId } = inputFrom(body);
  const tables = [TableName, ...Object.keys(RequestItems ?? {})];
  return [
    ...tables.map((name) => arnOf('AWS::DynamoDB::GlobalTable', name)),
    arnOf('AWS::SQS::Queue', QueueUrl?.split('/').at(-1)),
    ...(Entries ?? []).map(({ EventBusName }) => arnOf('AWS::Events::EventBus', EventBusName)),
    SecretId && secretArn(SecretId),
  ].filter((arn) => arn !== undefined);
}

function inputFrom(body: string): z.infer<typeof Input> {
  try {
    return Input.safeParse(JSON.parse(body)).data ?? {};
  } catch {
    return {};
  }
}

function arnOf(type: string, name: string | undefined): string | undefined {
  return name && physicalIds(type, name)?.attributes.Arn;
}

/** Secrets Manager puts a hyphen and six characters behind the name. */
function secretArn(secretId: string): string {
  const { partition, region, id } = localAccount;
  return secretId.startsWith('arn:')
    ? secretId
    : `arn:${partition}:secretsmanager:${region}:${id}:secret:${secretId}-a1B2c3`;
}
