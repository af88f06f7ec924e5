import { type App, type Environment, Stack } from 'aws-cdk-lib';
import { type ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { ConfigurationError } from './configuration-error.ts';
import { addOutputs } from './outputs.ts';
import type { SessionsContext } from './sessions-context.ts';
import { SessionsTable } from './sessions-table.ts';

/**
 * The account and region of the AWS credentials, which the CDK's command line tells the app. Without replicas nothing needs
 * them, and the templates are the same for all.
 *
 * @throws ConfigurationError where there is no region
 */
export function environmentFor({ replicaRegions }: SessionsContext, environment: NodeJS.ProcessEnv): Environment {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = environment;
  if (replicaRegions.length === 0) {
    return {};
  }
  if (!region) {
    throw new ConfigurationError('context replicaRegions: set AWS_REGION, since a global table is of named regions');
  }
  return { region, ...(account && { account }) };
}

/** The stack of the sessions, which stands apart from the receiver's. */
export function sessionsStack(app: App, stackName: string, env: Environment, context: SessionsContext) {
  const { replicaRegions, warmThroughput } = context;
  const stack = new Stack(app, stackName, {
    description: 'logout-receiver: the sessions of the relying parties',
    terminationProtection: true,
    env,
  });
  const { table } = new SessionsTable(stack, 'SessionsTable', {
    replicaRegions,
    ...(warmThroughput && { warmThroughput }),
  });
  addOutputs(stack, [['SessionsTableName', table.tableName, 'Table name that relying parties give to SessionStore']]);
  return { stack, table };
}

/** A table that is there already, in the receiver's stack by its ARNs alone. */
export function givenSessionsTable(stack: Stack, given: NonNullable<SessionsContext['given']>): ITable {
  return TableV2.fromTableAttributes(stack, 'GivenSessionsTable', given);
}
