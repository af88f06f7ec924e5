import { FailedError } from '../command-error.ts';
import { inPlainWords } from './aws-failure.ts';
import type { AwsConfiguration } from './aws-options.ts';

/** A stack as CloudFormation has it. */
export interface DeployedStack {
  readonly name: string;
  /** Such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly isProtected: boolean;
  readonly outputs: ReadonlyMap<string, string>;
}

export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  /** Name, URL or id, as `Ref` has it. */
  readonly physicalId: string;
}

/** The stack with the sessions stands beside the receiver's. */
export function sessionsStackOf(stack: string): string {
  return `${stack}Sessions`;
}

/** @throws FailedError where there is no such stack, or nobody may look */
export async function readStack(configuration: AwsConfiguration, name: string): Promise<DeployedStack> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(configuration);
  const { Stacks = [] } = await inPlainWords(
    client.send(new DescribeStacksCommand({ StackName: name })).catch(async (error: unknown) => {
      const isMissing =
        error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
      throw isMissing
        ? new FailedError(
            `there is no stack ${name} in ${await client.config.region()}: see --stack, --region and --profile`,
          )
        : error;
    }),
  );
  const [stack] = Stacks;
  return {
    name,
    status: stack?.StackStatus ?? 'unknown',
    isProtected: stack?.EnableTerminationProtection === true,
    outputs: new Map(
      (stack?.Outputs ?? []).flatMap(({ OutputKey, OutputValue }) =>
        OutputKey !== undefined && OutputValue !== undefined ? [[OutputKey, OutputValue] as const] : [],
      ),
    ),
  };
}

/** @throws FailedError where nobody may look */
export async function readResources(configuration: AwsConfiguration, name: string): Promise<readonly StackResource[]> {
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(configuration);
  const resources: StackResource[] = [];
  const pages = paginateListStackResources({ client }, { StackName: name });
  for (let page = await inPlainWords(pages.next()); !page.done; page = await inPlainWords(pages.next())) {
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of page.value.StackResourceSummaries ?? []) {
      if (ResourceType !== undefined && LogicalResourceId !== undefined && PhysicalResourceId !== undefined) {
        resources.push({ type: ResourceType, logicalId: LogicalResourceId, physicalId: PhysicalResourceId });
      }
    }
  }
  return resources;
}

/** @throws FailedError where the stack has no such output: then it is another one, or of another version */
export function outputOf({ name, outputs }: DeployedStack, output: string): string {
  const value = outputs.get(output);
  if (value === undefined) {
    throw new FailedError(
      `the stack ${name} has no output ${output}: is it a stack of logout-receiver, and as new as this command?`,
    );
  }
  return value;
}
