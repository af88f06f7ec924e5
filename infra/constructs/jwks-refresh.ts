import { Duration, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { FunctionSettings } from './function-settings.ts';
import { ReceiverFunction } from './receiver-function.ts';
import { grantOnTable } from './table-grants.ts';

export interface JwksRefreshProps {
  readonly settings: FunctionSettings;
  readonly jwksCacheTable: ITableV2;
}

/** Keys are fresh for nine minutes at least: less than that must lie between two runs. */
const INTERVAL = Duration.minutes(5);
/** Each run comes at a random time within this one, so that not all deployments ask their issuers at the same minute. */
const WINDOW = Duration.minutes(1);
/** For the run itself, and the time that it may come late. */
const RESERVE = Duration.seconds(60);

/** Fetches the keys of all issuers before they are needed. */
export class JwksRefresh extends Construct {
  readonly handler: ReceiverFunction;

  constructor(scope: Construct, id: string, { settings, jwksCacheTable }: JwksRefreshProps) {
    super(scope, id);
    const ahead = INTERVAL.toSeconds() + WINDOW.toSeconds() + RESERVE.toSeconds();
    this.handler = new ReceiverFunction(this, 'Function', {
      settings,
      folder: 'jwks-refresh',
      description: 'Fetches the keys of the issuers before those that are cached have to be renewed',
      // A fetch that nobody waits for may take 30 s; 250 issuers are asked at the same time.
      timeout: Duration.seconds(45),
      environment: {
        JWKS_CACHE_TABLE_NAME: jwksCacheTable.tableName,
        JWKS_REFRESH_AHEAD_SECONDS: String(ahead),
      },
      readsRelyingParties: true,
      fetchesKeys: true,
    });
    grantOnTable(jwksCacheTable, this.handler.role, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    new Schedule(this, 'Schedule', {
      description: 'Has the keys of the issuers fetched',
      schedule: ScheduleExpression.rate(INTERVAL),
      timeWindow: TimeWindow.flexible(WINDOW),
      target: new LambdaInvoke(this.handler.function, {
        role: this.#schedulerRole(this.handler.function),
        // What is late is done by the next run.
        retryAttempts: 1,
        maxEventAge: INTERVAL,
      }),
    });
  }

  /** A role of our own: the one CDK makes may invoke every version of the function as well. */
  #schedulerRole(handler: IFunction) {
    const role = new Role(this, 'SchedulerRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [handler.functionArn] }));
    return role.withoutPolicyUpdates();
  }
}
