import * as z from 'zod/mini';
import { readEventSourceMappings } from '../../local/event-sources/event-source-mappings.ts';
import type { Stack } from '../../local/template/cloud-assembly.ts';
import { findResources, readProperties } from '../../local/template/template-resources.ts';
import type { RoleCall } from './role-call.ts';

const FunctionProperties = z.object({
  Handler: z.string(),
  LoggingConfig: z.object({ LogGroup: z.string() }),
  Role: z.string(),
});
const ScheduleProperties = z.object({ Target: z.object({ Arn: z.string(), RoleArn: z.string() }) });
const QueueProperties = z.object({ KmsMasterKeyId: z.optional(z.string()) });

/**
 * Lambda, for a function's log (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html, "Required IAM
 * permissions"). Not `logs:CreateLogGroup`: the group is in the template.
 */
const OF_A_LOG = ['logs:CreateLogStream', 'logs:PutLogEvents'];
/**
 * Lambda, for an event source mapping of a queue
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, "Configuring execution role permissions").
 */
const OF_A_QUEUE = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
/**
 * Lambda, for an event source mapping of a table's stream
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/iam-policy-example-lamda-process-dynamodb-streams.html).
 */
const OF_A_STREAM = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
  (operation) => `dynamodb:${operation}`,
);
/** Lambda, for what a mapping gives up (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html). */
const OF_A_FAILURE_DESTINATION = ['sqs:SendMessage'];
/**
 * SQS, for a queue that is encrypted with a key of the account
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html).
 */
const OF_A_KEY: Readonly<Record<string, readonly string[]>> = {
  'sqs:ReceiveMessage': ['kms:Decrypt'],
  'sqs:SendMessage': ['kms:Decrypt', 'kms:GenerateDataKey'],
};

/** ARNs of the roles of all functions, by the functions' ARNs. */
export function functionRoles(stacks: readonly Stack[]): ReadonlyMap<string, string> {
  return new Map(
    findResources(stacks, 'AWS::Lambda::Function').map((resource) => [
      resource.ids.attributes.Arn ?? '',
      readProperties(FunctionProperties, resource).Role,
    ]),
  );
}

/** ARNs of the roles of all functions, by the folders of the functions. */
export function rolesByFolder(stacks: readonly Stack[]): ReadonlyMap<string, string> {
  return new Map(
    findResources(stacks, 'AWS::Lambda::Function').map((resource) => {
      const { Handler, Role } = readProperties(FunctionProperties, resource);
      return [Handler.split('/')[0] ?? '', Role];
    }),
  );
}

/**
 * What AWS itself calls with the roles of the templates, and a local run does not: as its documentation has it for each
 * function, each event source mapping and each schedule.
 */
export function callsOfAws(stacks: readonly Stack[]): RoleCall[] {
  const roles = functionRoles(stacks);
  const { queues, streams } = readEventSourceMappings(stacks);
  const roleOf = (functionArn: string) => roles.get(functionArn) ?? functionArn;
  return [
    ...findResources(stacks, 'AWS::Lambda::Function').flatMap((resource) => {
      const { Role, LoggingConfig } = readProperties(FunctionProperties, resource);
      const logGroup = findResources(stacks, 'AWS::Logs::LogGroup').find(
        ({ ids }) => ids.ref === LoggingConfig.LogGroup,
      );
      const stream = `${logGroup?.ids.attributes.Arn?.replace(/\*$/, '')}log-stream:2000/01/01/[$LATEST]0123`;
      return calls(Role, OF_A_LOG, stream);
    }),
    ...queues.flatMap(({ functionArn, queueArn }) => calls(roleOf(functionArn), OF_A_QUEUE, queueArn)),
    ...streams.flatMap(({ functionArn, streamArn, onFailureArn }) => [
      ...calls(roleOf(functionArn), OF_A_STREAM, streamArn),
      ...(onFailureArn === undefined ? [] : calls(roleOf(functionArn), OF_A_FAILURE_DESTINATION, onFailureArn)),
    ]),
    ...findResources(stacks, 'AWS::Scheduler::Schedule').flatMap((resource) => {
      const { Arn, RoleArn } = readProperties(ScheduleProperties, resource).Target;
      return calls(RoleArn, ['lambda:InvokeFunction'], Arn);
    }),
  ];
}

/** What SQS calls of KMS, with the role that has called SQS. */
export function callsOfKms(stacks: readonly Stack[], made: readonly RoleCall[]): RoleCall[] {
  const keys = new Map(
    findResources(stacks, 'AWS::SQS::Queue').map((resource) => [
      resource.ids.attributes.Arn,
      readProperties(QueueProperties, resource).KmsMasterKeyId,
    ]),
  );
  return made.flatMap(({ role, action, resource }) => {
    const key = keys.get(resource);
    return key === undefined ? [] : calls(role, OF_A_KEY[action] ?? [], key);
  });
}

function calls(role: string, actions: readonly string[], resource: string): RoleCall[] {
  return actions.map((action) => ({ role, action, resource }));
}
