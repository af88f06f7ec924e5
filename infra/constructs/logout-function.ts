import { ArnFormat, type Duration, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { DeferredLogoutQueues } from './deferred-logout-queues.ts';
import { ReceiverFunction } from './receiver-function.ts';

export interface LogoutFunctionProps {
  /** Folder in functions/ that holds the handler. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly sessionsTable: ITableV2;
  readonly jwksCacheTable: ITableV2;
  readonly deferredLogouts: DeferredLogoutQueues;
  /** Path of the validated relying parties file. */
  readonly relyingPartiesFile: string;
  /**
   * Path of a checked PEM file of certificates to trust beside the usual ones, which is shipped with the bundles.
   * @default - none
   */
  readonly extraCaFile?: string;
  /** Names or ARNs of the secrets that the function may read. */
  readonly secretIds: readonly string[];
}

/** A function that judges logout tokens and ends the sessions in their scope, at once or later. */
export class LogoutFunction extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, props: LogoutFunctionProps) {
    super(scope, id);
    const { sessionsTable, jwksCacheTable, deferredLogouts, secretIds, ...rest } = props;
    const { function: handler, role } = new ReceiverFunction(this, 'Function', {
      ...rest,
      environment: {
        SESSIONS_TABLE_NAME: sessionsTable.tableName,
        JWKS_CACHE_TABLE_NAME: jwksCacheTable.tableName,
        ...deferredLogouts.environment,
        ...deferredLogouts.unverifiedEnvironment,
      },
    });
    this.function = handler;
    // Exactly what ending sessions takes: read and write markers, query pointers, write ends, delete. No scans.
    sessionsTable.grant(
      role,
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'dynamodb:Query',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
    );
    jwksCacheTable.grant(role, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    deferredLogouts.grantPut(role);
    deferredLogouts.grantPutUnverified(role);
    if (secretIds.length > 0) {
      role.addToPolicy(
        new PolicyStatement({
          actions: ['secretsmanager:GetSecretValue'],
          resources: secretIds.map((secretId) => this.#secretArn(secretId)),
        }),
      );
    }
  }

  /** Secrets Manager puts a hyphen and six characters behind the name, which nobody knows before the secret is there. */
  #secretArn(secretId: string): string {
    return secretId.startsWith('arn:')
      ? secretId
      : Stack.of(this).formatArn({
          service: 'secretsmanager',
          resource: 'secret',
          resourceName: `${secretId}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        });
  }
}
