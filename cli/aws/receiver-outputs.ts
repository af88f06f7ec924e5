import { FailedError } from '../command-error.ts';

/** Behind the name of an output of a construct, the CDK puts a hash. */
const ENDPOINT = /^(.*)BackchannelLogoutUri(?:[0-9A-F]{8})?$/;
const HASH = /[0-9A-F]{8}$/;

export interface ReceiverOutputs {
  /** What the logical ids of the receiver begin with. */
  readonly construct: string;
  /** By the names that the receiver gives them. */
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * The outputs of the receiver in a stack. In the stack that the app of this project makes they have their own names. In a
 * stack of somebody's own, the path of the construct stands before each name, and a hash behind.
 *
 * @param stack its name
 * @throws FailedError where the stack has several receivers
 */
export function receiverOutputs(stack: string, outputs: readonly (readonly [string, string])[]): ReceiverOutputs {
  const [construct = '', ...others] = outputs.flatMap(([key]) => ENDPOINT.exec(key)?.[1] ?? []);
  if (others.length > 0) {
    throw new FailedError(
      `the stack ${stack} has several receivers (${[construct, ...others].join(', ')}): the commands know one for each stack`,
    );
  }
  const nameOf = (key: string) => (construct === '' ? key : key.slice(construct.length).replace(HASH, ''));
  return {
    construct,
    outputs: new Map(
      outputs.filter(([key]) => key.startsWith(construct)).map(([key, value]) => [nameOf(key), value] as const),
    ),
  };
}
