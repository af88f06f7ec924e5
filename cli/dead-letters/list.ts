import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import type { AwsConfiguration } from '../aws/aws-options.ts';
import { countOf, type NamedQueue, type QueueState, readAges, readQueues, sqsClient } from '../aws/queues.ts';
import { FailedError } from '../command-error.ts';
import { textOfSeconds } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import type { Outcome } from '../outcome.ts';
import { printable } from '../printable.ts';
import type { Style } from '../style.ts';
import { inQueue } from './dead-letter.ts';
import { type DeadLetterQueue, deadLetterQueue } from './dead-letter-queues.ts';
import { peek } from './peek.ts';
import { type DeadLetterGroup, summaryOf } from './summary.ts';

/** That many say what is the matter. */
const MOST_LOOKED_AT = 100;

interface ListedQueue {
  readonly state: QueueState;
  readonly oldestSeconds: number | undefined;
  readonly groups: readonly DeadLetterGroup[];
  readonly lookedAt: number;
  /** Why nobody could look. */
  readonly hidden?: string;
}

export async function listDeadLetters(
  configuration: AwsConfiguration,
  queues: readonly NamedQueue[],
  progress: (text: string) => void,
): Promise<Outcome> {
  const [states, ages] = await Promise.all([readQueues(configuration, queues), readAges(configuration, queues)]);
  const listed: ListedQueue[] = [];
  for (const state of states) {
    if (state.visible > 0) {
      progress(`looking into ${state.name} ...`);
    }
    listed.push({ state, oldestSeconds: ages.get(state.name), ...(await lookInto(configuration, state)) });
  }
  const now = epochSeconds();
  return {
    exitCode: states.some((state) => countOf(state) > 0) ? EXIT.finding : EXIT.fine,
    json: { queues: listed.map(jsonOf) },
    text: (style) => listed.map((queue) => textOf(queue, now, style)).join('\n'),
  };
}

/** Who may count and not read, is told the counts. */
async function lookInto(configuration: AwsConfiguration, { name, visible, url }: QueueState) {
  try {
    const letters = visible === 0 ? [] : await peek(await sqsClient(configuration), url, MOST_LOOKED_AT);
    return { groups: summaryOf(letters.map((letter) => inQueue(name, letter))), lookedAt: letters.length };
  } catch (error) {
    if (!(error instanceof FailedError)) {
      throw error;
    }
    return { groups: [], lookedAt: 0, hidden: error.message };
  }
}

function jsonOf({ state, oldestSeconds, groups, lookedAt, hidden }: ListedQueue) {
  const { name, visible, inFlight } = state;
  return {
    name,
    count: countOf(state),
    visible,
    inFlight,
    oldestSeconds,
    lookedAt,
    ...(hidden !== undefined && { hidden }),
    groups,
  };
}

function textOf({ state, oldestSeconds, groups, lookedAt, hidden }: ListedQueue, now: number, style: Style): string {
  const queue: DeadLetterQueue | undefined = deadLetterQueue(state.name);
  const count = countOf(state);
  const name = style('bold', state.name);
  if (count === 0) {
    return `${name}: ${style('green', 'empty')}`;
  }
  return [
    `${name}: ${style('red', `${count} given up`)}`,
    `    ${queue?.holds}`,
    ...(oldestSeconds === undefined ? [] : [`    the oldest has been there for ${textOfSeconds(oldestSeconds)}`]),
    ...(state.inFlight > 0 ? [`    ${state.inFlight} of them somebody has received: they cannot be seen`] : []),
    ...(hidden === undefined ? [] : [`    what they are cannot be seen: ${hidden}`]),
    ...groups.map((group) => `    ${groupText(group, now)}`),
    ...(lookedAt > 0 && lookedAt < count ? [`    (${lookedAt} of about ${count} were looked at)`] : []),
    `    What to do: ${queue?.advice}`,
  ].join('\n');
}

const KINDS: Readonly<Record<DeadLetterGroup['kind'], string>> = {
  verified: 'verified',
  frontchannel: 'front-channel, signed by nobody',
  unverified: 'not verified, claiming',
  interrupted: 'interrupted half-way',
  stream: 'given up by the stream',
  unknown: 'no message of the receiver',
};

function groupText({ kind, origin, messages, records, ...times }: DeadLetterGroup, now: number): string {
  const what = [
    ...Object.entries(origin).map(([name, value]) => `${name} ${printable(value)}`),
    ...(records === undefined ? [] : [`records ${records}`]),
  ];
  const received = receivedText(times, now);
  return [
    `${messages} ${KINDS[kind]}`,
    ...(what.length > 0 ? [`: ${what.join(', ')}`] : []),
    ...(received === undefined ? [] : [`; received ${received}`]),
  ].join('');
}

function receivedText(
  { oldestReceivedAt, newestReceivedAt }: Pick<DeadLetterGroup, 'oldestReceivedAt' | 'newestReceivedAt'>,
  now: number,
): string | undefined {
  if (oldestReceivedAt === undefined || newestReceivedAt === undefined) {
    return undefined;
  }
  const [oldest, newest] = [oldestReceivedAt, newestReceivedAt].map((time) => textOfSeconds(Math.max(0, now - time)));
  return oldest === newest ? `${oldest} ago` : `${oldest} to ${newest} ago`;
}
