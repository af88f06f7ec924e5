import { CfnOutput } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Name, value and description of what the stack tells its operator; without a value there is no such output. */
export type Output = readonly [name: string, value: string | undefined, description: string];

/** Adds outputs to the stack of a construct. Commands, and the local run, find them by their names. */
export function addOutputs(scope: Construct, outputs: readonly Output[]): void {
  for (const [name, value, description] of outputs) {
    if (value !== undefined) {
      new CfnOutput(scope, name, { value, description });
    }
  }
}
