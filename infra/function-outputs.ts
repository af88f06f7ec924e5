import type { LogoutReceiverFunctions } from './logout-receiver.ts';
import { deployedFunctions } from './monitoring/function-alarms.ts';
import type { Output } from './outputs.ts';

/** What an operator needs of each function at hand: its own name, its log group and its role. docs/runbook.md pastes them. */
export function functionOutputs(functions: LogoutReceiverFunctions): readonly Output[] {
  return deployedFunctions(functions).flatMap(([name, deployed]): Output[] => [
    [`${name}FunctionName`, deployed.function.functionName, `Function ${name}`],
    [`${name}LogGroupName`, deployed.logGroup.logGroupName, `Log group of the function ${name}`],
    [`${name}RoleArn`, deployed.role.roleArn, `Role of the function ${name}`],
  ]);
}
