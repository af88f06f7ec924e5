import { FailedError } from '../command-error.ts';
import { inPlainWords } from './aws-failure.ts';
import type { AwsConfiguration } from './aws-options.ts';
import { receiverOutputs } from './receiver-outputs.ts';

/** A stack as CloudFormation has it. */
export interface DeployedStack {
  readonly name: string;
  /** Such as `UPDATE_COMPLETE`. */
  readonly status: string;
  readonly isProtected: boolean;
  /** What the logical ids of the receiver begin with, where it is a construct in a stack of somebody's own; or nothing. */
  readonly construct: string;
  /** By the names that the receiver gives them. */
  readonly outputs: ReadonlyMap<string, string>;
}

export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  /** Name, URL or id, as `Ref` has it. */
  readonly physicalId: string;
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
  const outputs = (stack?.Outputs ?? []).flatMap(({ OutputKey, OutputValue }) =>
    OutputKey !== undefined && OutputValue !== undefined ? [[OutputKey, OutputValue] as const] : [],
  );
  return {
    name,
    status: stack?.StackStatus ?? 'unknown',
    isProtected: stack?.EnableTerminationProtection === true,
    ...receiverOutputs(name, outputs),
  };
}

/**
 * The resources of the receiver.
 *
 * @throws FailedError where nobody may look
 */
export async function readResources(
  configuration: AwsConfiguration,
  { name, construct }: Pick<DeployedStack, 'name' | 'construct'>,
): Promise<readonly StackResource[]> {
  const { CloudFormationClient, paginateListStackResources } = await import('@aws-sdk/client-cloudformation');
  const client = new CloudFormationClient(configuration);
  const resources: StackResource[] = [];
  const pages = paginateListStackResources({ client }, { StackName: name });
  for (let page = await inPlainWords(pages.next()); !page.done; page = await inPlainWords(pages.next())) {
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of page.value.StackResourceSummaries ?? []) {
      if (ResourceType !== undefined && LogicalResourceId?.startsWith(construct) && PhysicalResourceId !== undefined) {
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
