import { Token } from 'aws-cdk-lib';
import type { WarmThroughput } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';

/**
 * Units a second that every new table on demand takes
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html).
 */
const LEAST: Readonly<Record<keyof WarmThroughput, number>> = { readUnitsPerSecond: 12_000, writeUnitsPerSecond: 4000 };

/**
 * Checks what DynamoDB would refuse, or what would say nothing.
 *
 * @param scope of which the table is a part
 * @throws ConfigurationError where a number is less than a new table has anyway, or is not whole, or none is given
 */
export function checkWarmThroughput(scope: Construct, given: WarmThroughput): void {
  const { readUnitsPerSecond, writeUnitsPerSecond } = given;
  if (readUnitsPerSecond === undefined && writeUnitsPerSecond === undefined) {
    throw new ConfigurationError(
      `${scope.node.path}: warmThroughput: found neither, allowed: readUnitsPerSecond, writeUnitsPerSecond or both`,
    );
  }
  for (const [name, value] of Object.entries({ readUnitsPerSecond, writeUnitsPerSecond })) {
    const least = name === 'readUnitsPerSecond' ? LEAST.readUnitsPerSecond : LEAST.writeUnitsPerSecond;
    if (value !== undefined && !Token.isUnresolved(value) && !(Number.isInteger(value) && value >= least)) {
      throw new ConfigurationError(
        `${scope.node.path}: warmThroughput: found ${name} ${value}, allowed: a whole number of units a second from ${least}, which a new table has anyway`,
      );
    }
  }
}
