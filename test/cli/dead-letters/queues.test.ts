import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awsConfiguration } from '../../../cli/aws/aws-options.ts';
import { readQueues, sqsClient } from '../../../cli/aws/queues.ts';
import { peek } from '../../../cli/dead-letters/peek.ts';
import { redrive } from '../../../cli/dead-letters/redrive.ts';
import { type LocalSqs, startLocalSqs } from './local-sqs.ts';

const configuration = awsConfiguration({ region: 'us-east-1' }, {});

let sqs: LocalSqs;
beforeEach(async () => {
  sqs = await startLocalSqs();
});
afterEach(async () => {
  await sqs.stop();
});

/** A person who types an answer, or nobody. */
function commandLineOf(answer: string | undefined) {
  const asked: string[] = [];
  const errors = new Writable({
    write(chunk: Buffer, _encoding, done) {
      asked.push(chunk.toString());
      done();
    },
  });
  const input = Object.assign(Readable.from([Buffer.from(`${answer ?? ''}\n`)]), { isTTY: answer !== undefined });
  const terminal = { input, output: new Writable(), errors, environment: {} };
  return { terminal, progress: (text: string) => void asked.push(text), asked };
}

async function counts() {
  const states = await readQueues(configuration, [sqs.sources, sqs.deadLetters]);
  return states.map(({ visible, inFlight }) => [visible, inFlight]);
}

async function giveUp(count: number) {
  for (let index = 0; index < count; index++) {
    await sqs.giveUp(`{"n":${index}}`);
  }
}

describe('a look at a queue', () => {
  it('sees each message once, and leaves it to whoever comes next', async () => {
    await giveUp(12);
    const client = await sqsClient(configuration);
    const seen = await peek(client, sqs.deadLetters.url, 100);
    // The local SQS has the same ten for whoever asks again.
    expect(seen).toHaveLength(10);
    expect(await counts()).toEqual([
      [0, 0],
      [12, 0],
    ]);
  });

  it('ends when it has seen enough', async () => {
    await giveUp(3);
    expect(await peek(await sqsClient(configuration), sqs.deadLetters.url, 1)).toHaveLength(3);
  });
});

describe('a redrive', () => {
  it.each([
    ['of one, unasked', 1, undefined, undefined, 'COMPLETED'],
    ['of several, to which somebody says yes', 3, 'y', undefined, 'COMPLETED'],
    ['of several with --yes, where nobody is', 3, undefined, true, 'COMPLETED'],
    ['of several, to which somebody says no', 3, 'n', undefined, 'NOT_STARTED'],
    ['of several, to which somebody says nothing', 3, '', undefined, 'NOT_STARTED'],
    ['of none', 0, undefined, undefined, 'COMPLETED'],
  ] as const)('%s', async (_case, count, answer, yes, status) => {
    await giveUp(count);
    const commandLine = commandLineOf(answer);
    const { exitCode, json } = await redrive(sqs.deadLetters, { yes, configuration }, commandLine);
    const moved = status === 'COMPLETED' ? count : 0;
    expect(json).toEqual({ queue: 'DeadLetters', status, moved, inFlight: 0 });
    expect(exitCode).toBe(status === 'COMPLETED' ? 0 : 1);
    expect(commandLine.asked.join('')).toBe(
      answer === undefined ? '' : 'Move 3 dead letters of DeadLetters back to where they are tried? [y/N] ',
    );
    expect(await counts()).toEqual([
      [moved, 0],
      [count - moved, 0],
    ]);
  });

  it('of several is refused where nobody is there to answer', async () => {
    await giveUp(2);
    const refused = redrive(sqs.deadLetters, { yes: undefined, configuration }, commandLineOf(undefined));
    await expect(refused).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining('--yes') });
    expect(await counts()).toEqual([
      [0, 0],
      [2, 0],
    ]);
  });
});
