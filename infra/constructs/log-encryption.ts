import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';

/**
 * Lets CloudWatch Logs encrypt log groups of this account and region with the key, which `LogGroup` does not do: without,
 * the log groups cannot be created
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html, step 2).
 *
 * The policy of an imported key cannot be changed from here: then there is a warning with the statement to add.
 *
 * @param scope whose log groups they are
 */
export function letLogsUse(key: IKey, scope: Construct): void {
  const { partition, region, account, urlSuffix } = Stack.of(scope);
  const domain = Token.isUnresolved(region) ? urlSuffix : (RegionInfo.get(region).domainSuffix ?? urlSuffix);
  const statement = new PolicyStatement({
    principals: [new ServicePrincipal(`logs.${region}.${domain}`)],
    actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
    resources: ['*'],
    // All log groups: to name ours, the key would have to be made after the log groups, which need it.
    conditions: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*`,
      },
    },
  });
  if (!key.addToResourcePolicy(statement).statementAdded) {
    Annotations.of(scope).addWarningV2(
      'logout-receiver:keyPolicyOfLogs',
      `encryptionKey: it is imported, so its policy cannot be changed from here. Without this statement in it, no log group can be created: ${JSON.stringify(Stack.of(scope).resolve(statement.toStatementJson()))}`,
    );
  }
}
