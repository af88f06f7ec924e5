import { Token } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';
import type { FunctionNetwork, FunctionSettings } from './constructs/function-settings.ts';
import { DEFERRED_CONCURRENCY } from './deferred-concurrency.ts';

/** What can be chosen for the functions of a receiver. */
export interface FunctionOptions {
  /**
   * Memory of each function in MiB, from 128 to 10,240. Lambda gives CPU in proportion.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * How long the logs of the functions and the access log of the API are kept.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;
  /**
   * The VPC that the functions run in. They must reach DynamoDB, SQS and the issuers from there: see docs/construct.md.
   * @default - none: the functions run outside of any VPC
   */
  readonly vpc?: IVpc;
  /**
   * The subnets of `vpc` that the functions run in.
   * @default - the private subnets
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * The security groups of the functions in `vpc`.
   * @default - a new one for all functions, from which everything can be reached, and which nothing can reach
   */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * Whether Lambda sends segments of the functions' invocations to AWS X-Ray.
   * @default Tracing.DISABLED
   */
  readonly tracing?: Tracing;
  /**
   * Executions that the function of the endpoint can always have, and can have at most, from 1. The account must keep 100
   * that are not reserved, so it cannot be given where the account's limit is below 101.
   * @default - none: it shares the account's pool with all other functions
   */
  readonly reservedConcurrency?: number;
  /**
   * The same for the function that answers front-channel logout requests.
   * @default - none
   */
  readonly frontchannelReservedConcurrency?: number;
  /**
   * Executions at most that finish deferred logouts at the same time, for each of the two queues, from 2 to 1,000.
   * @default 2
   */
  readonly deferredConcurrency?: number;
}

/**
 * The options with their defaults.
 *
 * @param scope the receiver; a security group of the functions becomes its child
 * @throws ConfigurationError where one cannot be what it is, or belongs to one that is not given
 */
export function checkedFunctionOptions(scope: Construct, options: FunctionOptions) {
  const { logRetention = RetentionDays.THREE_MONTHS, deferredConcurrency = DEFERRED_CONCURRENCY } = options;
  checkNumber(scope, 'memorySize', options.memorySize, { unit: 'MiB', from: 128, to: 10_240 });
  checkNumber(scope, 'deferredConcurrency', deferredConcurrency, { unit: 'executions', from: 2, to: 1000 });
  for (const name of ['reservedConcurrency', 'frontchannelReservedConcurrency'] as const) {
    checkNumber(scope, name, options[name], { unit: 'executions', from: 1, to: Number.MAX_SAFE_INTEGER });
  }
  const network = networkOf(scope, options);
  const settings: Omit<FunctionSettings, 'service' | 'shippedRelyingParties'> = {
    logRetention,
    ...(options.memorySize !== undefined && { memorySize: options.memorySize }),
    ...(options.tracing !== undefined && { tracing: options.tracing }),
    ...(network && { network }),
  };
  return { settings, deferredConcurrency };
}

interface Range {
  readonly unit: string;
  readonly from: number;
  readonly to: number;
}

function checkNumber(scope: Construct, name: string, value: number | undefined, { unit, from, to }: Range): void {
  if (value === undefined || Token.isUnresolved(value)) {
    return;
  }
  if (!Number.isInteger(value) || value < from || value > to) {
    const upTo = to === Number.MAX_SAFE_INTEGER ? '' : ` to ${to}`;
    throw new ConfigurationError(
      `${scope.node.path}: ${name}: found ${value}, allowed: a whole number of ${unit} from ${from}${upTo}`,
    );
  }
}

function networkOf(
  scope: Construct,
  { vpc, vpcSubnets, securityGroups }: FunctionOptions,
): FunctionNetwork | undefined {
  if (!vpc) {
    for (const [name, value] of Object.entries({ vpcSubnets, securityGroups })) {
      if (value !== undefined) {
        throw new ConfigurationError(`${scope.node.path}: ${name}: found without vpc, allowed: beside vpc`);
      }
    }
    return undefined;
  }
  return {
    vpc,
    // One for all, so that one rule lets the functions reach an endpoint.
    securityGroups: securityGroups ?? [
      new SecurityGroup(scope, 'SecurityGroup', { vpc, description: 'Functions of logout-receiver' }),
    ],
    ...(vpcSubnets && { vpcSubnets }),
  };
}
