import { setTimeout } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { inPlainWords } from '../aws/aws-failure.ts';
import type { AwsConfiguration } from '../aws/aws-options.ts';
import { type NamedQueue, type QueueState, readQueues, sqsClient } from '../aws/queues.ts';
import { FailedError, UsageError } from '../command-error.ts';
import type { CommandLine } from '../command-line.ts';
import { isConfirmed } from '../confirmation.ts';
import { EXIT } from '../exit-code.ts';
import { withInputLines } from '../input-lines.ts';
import type { Outcome } from '../outcome.ts';
import { deadLetterQueue } from './dead-letter-queues.ts';

export interface RedriveOptions {
  readonly yes?: true | undefined;
  readonly configuration: AwsConfiguration;
}

/** What SQS says of a move. */
interface Move {
  readonly status: string;
  readonly moved: number;
  readonly toMove?: number | undefined;
  readonly failure?: string | undefined;
}

const PAUSE_MILLISECONDS = 2000;
/** Ten minutes. SQS goes on without us. */
const MOST_LOOKS = 300;
const UNDER_WAY = ['RUNNING', 'CANCELLING'];

/** @throws UsageError where SQS cannot move messages out of the queue: the message says what to do instead */
export function requireRedriven(queue: string): void {
  const { isRedriven, holds, advice } = deadLetterQueue(queue) ?? {};
  if (!isRedriven) {
    throw new UsageError(`${queue} cannot be redriven: it tells ${holds}. ${advice}`);
  }
}

/** @throws UsageError where it would move several, and nobody said yes */
export async function redrive(
  named: NamedQueue,
  { yes, configuration }: RedriveOptions,
  { terminal, progress }: Pick<CommandLine, 'terminal' | 'progress'>,
): Promise<Outcome> {
  const { name: queue } = named;
  const [state] = await readQueues(configuration, [named]);
  if (!state || state.visible === 0) {
    return outcomeOf(queue, { status: 'COMPLETED', moved: 0 }, state);
  }
  const question = `Move ${state.visible} dead letters of ${queue} back to where they are tried`;
  if (state.visible > 1 && !yes && !(await withInputLines(terminal, (lines) => isConfirmed(lines, question)))) {
    return outcomeOf(queue, { status: 'NOT_STARTED', moved: 0 }, state);
  }
  const client = await sqsClient(configuration);
  await start(client, state.arn, queue);
  const move = await untilMoved(client, state.arn, (text) => progress(`${queue}: ${text}`));
  if (move.status === 'FAILED') {
    throw new FailedError(
      `${queue}: ${move.moved} were moved, and then SQS failed: ${move.failure ?? 'it does not say why'}`,
    );
  }
  return outcomeOf(queue, move, state);
}

async function start(client: SQSClient, SourceArn: string, queue: string): Promise<void> {
  const { StartMessageMoveTaskCommand } = await import('@aws-sdk/client-sqs');
  await inPlainWords(
    client.send(new StartMessageMoveTaskCommand({ SourceArn })).catch((error: unknown) => {
      // One move at a time: somebody has just started another.
      throw error instanceof Error && /active/i.test(error.message)
        ? new FailedError(`${queue}: ${error.message}`)
        : error;
    }),
  );
}

/** Follows the newest move of the queue, which is ours: there is one at a time. */
async function untilMoved(client: SQSClient, SourceArn: string, progress: (text: string) => void): Promise<Move> {
  const { ListMessageMoveTasksCommand } = await import('@aws-sdk/client-sqs');
  let said = '';
  for (let look = 1; ; look++) {
    const { Results: [newest] = [] } = await inPlainWords(
      client.send(new ListMessageMoveTasksCommand({ SourceArn, MaxResults: 1 })),
    );
    const move = {
      status: newest?.Status ?? 'RUNNING',
      moved: newest?.ApproximateNumberOfMessagesMoved ?? 0,
      toMove: newest?.ApproximateNumberOfMessagesToMove,
      failure: newest?.FailureReason,
    };
    if (!UNDER_WAY.includes(move.status) || look === MOST_LOOKS) {
      return move;
    }
    const text = `${move.moved}${move.toMove === undefined ? '' : ` of about ${move.toMove}`} moved ...`;
    if (text !== said) {
      progress(text);
      said = text;
    }
    await setTimeout(PAUSE_MILLISECONDS);
  }
}

function outcomeOf(queue: string, { status, moved }: Move, state: QueueState | undefined): Outcome {
  const inFlight = state?.inFlight ?? 0;
  const texts: Readonly<Record<string, string>> = {
    NOT_STARTED: 'nothing was moved',
    RUNNING: `${moved} were moved so far, and SQS goes on: see logout-receiver dead-letters list`,
    COMPLETED:
      moved === 0
        ? 'nothing to move'
        : `${moved} moved, and tried again from now on: see logout-receiver deferred list`,
  };
  const hidden = inFlight === 0 ? '' : ` (${inFlight} are being looked at by somebody: they stay)`;
  return {
    exitCode: status === 'COMPLETED' ? EXIT.fine : EXIT.finding,
    json: { queue, status, moved, inFlight },
    text: () => `${queue}: ${texts[status] ?? `${moved} were moved, then the move was ended: ${status}`}${hidden}`,
  };
}
