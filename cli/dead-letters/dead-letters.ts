import { Argument } from '@commander-js/extra-typings';
import { awsConfiguration, profileOption, regionOption, stackOption } from '../aws/aws-options.ts';
import { readStack } from '../aws/deployed-stack.ts';
import { queueOf, queuesOf } from '../aws/queues.ts';
import type { AddCommand } from '../command-line.ts';
import { DEAD_LETTER_QUEUE_NAMES, DEAD_LETTER_QUEUES } from './dead-letter-queues.ts';
import { listDeadLetters } from './list.ts';
import { redrive, requireRedriven } from './redrive.ts';

export const addDeadLetters: AddCommand = (program, commandLine) => {
  const { environment } = commandLine.terminal;
  const deadLetters = program
    .command('dead-letters')
    .description('logouts that were given up: their users may still be signed in');
  deadLetters
    .command('list')
    .description('Tells how many there are, how old, and whose. It looks at messages and leaves them where they are.')
    .addOption(stackOption)
    .addOption(regionOption)
    .addOption(profileOption)
    .addHelpText(
      'after',
      `
Exits with 1 where something was given up.

Examples:
  logout-receiver dead-letters list
  logout-receiver dead-letters list --json | jq '.queues[] | {name, count}'`,
    )
    .action(
      commandLine.action(async (options) => {
        const configuration = awsConfiguration(options, environment);
        const queues = queuesOf(await readStack(configuration, options.stack), DEAD_LETTER_QUEUES);
        return await listDeadLetters(configuration, queues, commandLine.progress);
      }),
    );
  deadLetters
    .command('redrive')
    .description(
      'Has SQS move dead letters back to the queue that they came from, where they are tried for another day.',
    )
    .addArgument(
      new Argument('[queue]', 'which ones').choices(DEAD_LETTER_QUEUE_NAMES).default('DeadLetterQueue' as const),
    )
    .option('--yes', 'move more than one without asking')
    .addOption(stackOption)
    .addOption(regionOption)
    .addOption(profileOption)
    .addHelpText(
      'after',
      `
Mend first what they failed for: logout-receiver dead-letters list

Examples:
  logout-receiver dead-letters redrive
  logout-receiver dead-letters redrive UnverifiedDeadLetterQueue --yes`,
    )
    .action(
      commandLine.action(async (queue, { stack, yes, ...options }) => {
        requireRedriven(queue);
        const configuration = awsConfiguration(options, environment);
        const named = queueOf(await readStack(configuration, stack), queue);
        return await redrive(named, { yes, configuration }, commandLine);
      }),
    );
};
