import type { LogoutReceiverFunctions } from './logout-receiver.ts';
import type { Output } from './outputs.ts';

/** What an operator needs of each function at hand: its own name, its log group and its role. docs/runbook.md pastes them. */
export function functionOutputs(functions: LogoutReceiverFunctions): readonly Output[] {
  return Object.entries(functions).flatMap(([id, deployed]: [string, LogoutReceiverFunctions['jwksRefresh']]) => {
    const name = `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
    return [
      [`${name}FunctionName`, deployed.function.functionName, `Function ${name}`],
      [`${name}LogGroupName`, deployed.logGroup.logGroupName, `Log group of the function ${name}`],
      [`${name}RoleArn`, deployed.role.roleArn, `Role of the function ${name}`],
    ];
  });
}
