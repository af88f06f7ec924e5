import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, type ITableV2, StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { ProtectedTable } from '../constructs/protected-table.ts';

/**
 * What must outlive every redeployment: the sessions.
 *
 * It stands apart from the receiver so that the receiver can be deployed, rolled back or deleted without touching a session.
 */
export class SessionsStack extends Stack {
  readonly table: ITableV2;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, {
      description: 'logout-receiver: the sessions of the relying parties',
      terminationProtection: true,
      ...props,
    });
    this.table = new ProtectedTable(this, 'SessionsTable', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
      // From which the receiver learns of logouts that were begun, and of what ended. Always with old images, whoever
      // reads them: another view type is another stream, and what the old one still holds would be lost.
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
    }).table;

    new CfnOutput(this, 'SessionsTableName', {
      description: 'Table name that relying parties give to SessionStore',
      value: this.table.tableName,
    });
  }
}
