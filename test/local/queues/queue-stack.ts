import type { Stack } from '../../../local/template/cloud-assembly.ts';

/** A stack with these resources, and these directories as assets, by key. */
export function stackOf(Resources: Stack['template']['Resources'], assets: Record<string, string> = {}): Stack {
  const Outputs = { ExampleQueueUrl: { Value: { Ref: 'Queue' } }, Other: { Value: 'other' } };
  return { name: 'S', template: { Resources, Outputs }, assets: new Map(Object.entries(assets)) };
}

/** A queue, and its dead-letter queue, which takes what was received twice. */
export function queueResources(properties: object = {}): Stack['template']['Resources'] {
  return {
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 60,
        SqsManagedSseEnabled: true,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] }, maxReceiveCount: 2 },
        ...properties,
      },
    },
    DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
  };
}
