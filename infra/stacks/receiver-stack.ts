import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, type ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { BackchannelLogoutApi } from '../constructs/backchannel-logout-api.ts';
import { BackchannelLogoutFunction } from '../constructs/backchannel-logout-function.ts';
import { ProtectedTable } from '../constructs/protected-table.ts';

export interface ReceiverStackProps extends StackProps {
  readonly sessionsTable: ITableV2;
  /** Path of the validated relying parties file. */
  readonly relyingPartiesFile: string;
  /** Names or ARNs of the secrets in AWS Secrets Manager that the relying parties need. */
  readonly secretIds: readonly string[];
}

/** The endpoint: HTTP API, function and JWKS cache. */
export class ReceiverStack extends Stack {
  constructor(scope: Construct, id: string, props: ReceiverStackProps) {
    const { sessionsTable, relyingPartiesFile, secretIds, ...stackProps } = props;
    super(scope, id, { description: 'logout-receiver: the back-channel logout endpoint', ...stackProps });
    const jwksCacheTable = new ProtectedTable(this, 'JwksCacheTable', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
    }).table;
    const backchannelLogout = new BackchannelLogoutFunction(this, 'BackchannelLogout', {
      sessionsTable,
      jwksCacheTable,
      relyingPartiesFile,
      secretIds,
    });
    const api = new BackchannelLogoutApi(this, 'Api', { handler: backchannelLogout.function });

    new CfnOutput(this, 'BackchannelLogoutUri', {
      description: 'Register this at the OP as backchannel_logout_uri',
      value: api.backchannelLogoutUri,
    });
    new CfnOutput(this, 'JwksCacheTableName', {
      description: 'Table that holds the issuers JWKS between function instances',
      value: jwksCacheTable.tableName,
    });
  }
}
