import { awsConfiguration, profileOption, regionOption, stackOption } from '../aws/aws-options.ts';
import { readStack } from '../aws/deployed-stack.ts';
import { countOf, type QueueState, queuesOf, readAges, readQueues } from '../aws/queues.ts';
import type { AddCommand } from '../command-line.ts';
import { textOfSeconds } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import type { Style } from '../style.ts';

/** Queues of logouts that are to be finished, as the receiver's stack puts them out. */
export const DEFERRED_QUEUES = [
  { name: 'DeferredLogoutQueue', holds: 'logouts that were verified, and could not be completed yet' },
  { name: 'UnverifiedLogoutQueue', holds: 'logouts whose token could not be verified yet' },
] as const;

export const addDeferred: AddCommand = (program, commandLine) => {
  const deferred = program.command('deferred').description('logouts that were received and are to be finished later');
  deferred
    .command('list')
    .description('Tells how many deferred logouts wait, and for how long. It takes none of them out of the queue.')
    .addOption(stackOption)
    .addOption(regionOption)
    .addOption(profileOption)
    .addHelpText(
      'after',
      `
Examples:
  logout-receiver deferred list
  logout-receiver deferred list --region eu-west-1 --profile production --json`,
    )
    .action(
      commandLine.action(async (options) => {
        const configuration = awsConfiguration(options, commandLine.terminal.environment);
        const stack = await readStack(configuration, options.stack);
        const named = queuesOf(stack, DEFERRED_QUEUES);
        const [queues, ages] = await Promise.all([readQueues(configuration, named), readAges(configuration, named)]);
        return {
          exitCode: EXIT.fine,
          json: {
            queues: queues.map(({ name, visible, inFlight, delayed }) => ({
              name,
              visible,
              inFlight,
              delayed,
              oldestSeconds: ages.get(name),
            })),
          },
          text: (style) => queues.map((queue) => textOf(queue, ages.get(queue.name), style)).join('\n'),
        };
      }),
    );
};

function textOf(queue: QueueState, oldestSeconds: number | undefined, style: Style): string {
  const name = style('bold', queue.name);
  const count = countOf(queue);
  if (count === 0) {
    return `${name}: ${style('green', 'empty')}`;
  }
  const { visible, inFlight, delayed } = queue;
  const age =
    oldestSeconds === undefined
      ? 'unknown: CloudWatch has no value yet, or may not be asked'
      : `${textOfSeconds(oldestSeconds)} at least`;
  return [
    `${name}: ${count} waiting`,
    `    ${DEFERRED_QUEUES.find((each) => each.name === queue.name)?.holds}`,
    `    ${visible} due now, ${inFlight} being tried or put off, ${delayed} new`,
    `    age of the oldest: ${age}`,
  ].join('\n');
}
