import { ArnFormat, type Duration, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { SessionsTable } from '../sessions-table.ts';
import type { DeferredLogoutQueues } from './deferred-logout-queues.ts';
import type { FunctionSettings } from './function-settings.ts';
import { ReceiverFunction } from './receiver-function.ts';
import { END_SESSIONS } from './session-grants.ts';

export interface LogoutFunctionProps {
  readonly settings: FunctionSettings;
  /** Folder in functions/ that holds the handler. */
  readonly folder: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly sessions: SessionsTable;
  readonly jwksCacheTable: ITableV2;
  readonly deferredLogouts: DeferredLogoutQueues;
  /** Names or ARNs of the secrets that the function may read. */
  readonly secretIds: readonly string[];
}

/** A function that judges logout tokens and ends the sessions in their scope, at once or later. */
export class LogoutFunction extends Construct {
  readonly handler: ReceiverFunction;

  constructor(scope: Construct, id: string, props: LogoutFunctionProps) {
    super(scope, id);
    const { sessions, jwksCacheTable, deferredLogouts, secretIds, ...rest } = props;
    this.handler = new ReceiverFunction(this, 'Function', {
      ...rest,
      environment: {
        SESSIONS_TABLE_NAME: sessions.tableName,
        JWKS_CACHE_TABLE_NAME: jwksCacheTable.tableName,
        ...deferredLogouts.environment,
        ...deferredLogouts.unverifiedEnvironment,
      },
      readsRelyingParties: true,
      fetchesKeys: true,
    });
    const { role } = this.handler;
    // A claimed jti is given back by deleting it.
    sessions.grant(role, ...END_SESSIONS, 'dynamodb:DeleteItem');
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
