import { Annotations, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/**
 * Lets the alarms of this account publish to a topic, and use the key that it is encrypted with. CloudWatch does not say when
 * it may not: nobody would be told, of anything.
 *
 * The policy of a topic is needed as soon as it has one, for TLS alone for example: then what SNS allows by default is gone.
 */
export function allowAlarms(scope: Construct, topic: ITopic): void {
  const statement = (actions: string[], resource: string) =>
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions,
      resources: [resource],
      // Alarms of other accounts must not publish in CloudWatch's name.
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    });
  topic.addToResourcePolicy(statement(['sns:Publish'], topic.topicArn));
  const { masterKey } = topic;
  if (masterKey === undefined) {
    return;
  }
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html, event sources and encrypted topics. A key policy's
  // resource is the key itself.
  const { statementAdded } = masterKey.addToResourcePolicy(
    statement(['kms:Decrypt', 'kms:GenerateDataKey*'], '*'),
    true,
  );
  if (!statementAdded) {
    Annotations.of(scope).addWarningV2(
      'logout-receiver:alarmTopicKey',
      `the key of the alarm topic is not made in this app, so its policy cannot be changed here: let cloudwatch.amazonaws.com use kms:Decrypt and kms:GenerateDataKey* there, or nobody is told when an alarm rings`,
    );
  }
}
