import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { outputOf, readStack } from '../../cli/aws/deployed-stack.ts';
import { sqsClient } from '../../cli/aws/queues.ts';
import { epochSeconds } from '../../relying-party/sessions/clock.ts';
import { startLocalSqs } from '../cli/dead-letters/local-sqs.ts';
import { deploy, deployOutputs } from './deployment.ts';
import { configuration, hasMoto, run, useMoto } from './moto.ts';

const SECRETS = { sub: 'the-sub', sid: 'the-sid', jti: 'the-jti' };
const HOURS = 3600;

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const order = {
  issuer: 'https://op.test',
  scope: 'sid',
  jti: 'the-jti',
  claim: { pk: 'JTI#the-hash', scopeHash: 'the-hash', iat: 1, repeatedUntil: 2 },
  endings: [{ clientId: 'shop', partition: 'SID#the-hash', maxSessionLifetimeSeconds: 60, allowanceSeconds: 5 }],
  refusesReplays: false,
};
/** Whoever makes up a token chooses what a terminal would get to see. */
const header = base64url({ alg: 'RS256', kid: 'k\u001b[31m' });
const token = `${header}.${base64url({ iss: 'https://op.test', aud: 'shop', ...SECRETS })}.the-signature`;
const givenUp = {
  requestContext: { condition: 'RecordAgeExceeded' },
  DDBStreamBatchInfo: { batchSize: 3, approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z' },
};

describe.skipIf(!hasMoto)('queues at AWS', () => {
  useMoto();
  const queueUrl = async (name: string) => outputOf(await readStack(configuration, 'LogoutReceiver'), `${name}Url`);
  const send = async (name: string, ...bodies: object[]) => {
    const [client, QueueUrl] = [await sqsClient(configuration), await queueUrl(name)];
    for (const body of bodies) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
    }
  };

  beforeAll(async () => {
    await deploy('https://logout.test/backchannel-logout');
  });

  describe('that are empty', () => {
    it('are said to be so', async () => {
      const deferred = await run('deferred', 'list');
      expect(deferred.output.split('\n')).toEqual(['DeferredLogoutQueue: empty', 'UnverifiedLogoutQueue: empty', '']);
      const dead = await run('dead-letters', 'list');
      expect([deferred.exitCode, dead.exitCode]).toEqual([0, 0]);
      expect(dead.output.match(/Queue: empty$/gm)).toHaveLength(3);
    });

    it('have nothing to redrive', async () => {
      const { exitCode, output } = await run('dead-letters', 'redrive');
      expect([exitCode, output]).toEqual([0, 'DeadLetterQueue: nothing to move\n']);
    });
  });

  describe('that hold something', () => {
    beforeAll(async () => {
      const receivedAt = epochSeconds() - 25 * HOURS;
      await send('DeferredLogoutQueue', { order, receivedAt });
      await send('DeadLetterQueue', { order, receivedAt: epochSeconds() - 2 * HOURS }, { order, receivedAt });
      await send('UnverifiedDeadLetterQueue', { token, receivedAt });
      await send('InterruptedLogoutsGivenUpQueue', givenUp);
    });

    it('deferred list counts what waits, and says how long', async () => {
      const { exitCode, output } = await run('deferred', 'list');
      expect(exitCode).toBe(0);
      expect(output).toMatch(
        /^DeferredLogoutQueue: 1 waiting\n.*\n {4}1 due now, 0 being tried or put off, 0 new\n {4}age of the oldest: \d+ (s|min).* at least/,
      );
      const [{ oldestSeconds }] = JSON.parse((await run('deferred', 'list', '--json')).output).queues;
      expect(oldestSeconds).toBeGreaterThanOrEqual(0);
    });

    it('dead-letters list says how many there are, whose and how old, and nothing of users', async () => {
      const { exitCode, output } = await run('dead-letters', 'list');
      expect(exitCode).toBe(1);
      expect(output).toContain('2 verified: iss https://op.test, aud shop, scope sid; received 1 d 1 h to 2 h ago');
      expect(output).toContain(
        '1 not verified, claiming: alg RS256, kid k\\u001b[31m, iss https://op.test, aud shop; received 1 d 1 h ago',
      );
      expect(output).toContain('1 given up by the stream: condition RecordAgeExceeded, records 3');
      const json = await run('dead-letters', 'list', '--json');
      expect(`${output}${json.output}`).not.toContain('the-');
      expect(output).not.toContain('\u001b');
      expect(JSON.parse(json.output).queues[0]).toMatchObject({ name: 'DeadLetterQueue', count: 2, lookedAt: 2 });
    });

    it('and leaves them where they are', async () => {
      await run('dead-letters', 'list');
      const command = new GetQueueAttributesCommand({
        QueueUrl: await queueUrl('DeadLetterQueue'),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      });
      const { Attributes } = await (await sqsClient(configuration)).send(command);
      expect(Attributes).toEqual({ ApproximateNumberOfMessages: '2', ApproximateNumberOfMessagesNotVisible: '0' });
    });
  });

  it('dead letters are redriven, in the SQS of the local run: moto does not move messages', async () => {
    const sqs = await startLocalSqs();
    try {
      vi.stubEnv('AWS_REGION', 'us-east-1');
      await deployOutputs('Local', { DeadLetterQueueUrl: sqs.deadLetters.url });
      await sqs.giveUp('{}');
      await sqs.giveUp('{}');
      const refused = await run('dead-letters', 'redrive', '--stack', 'Local');
      expect(refused).toMatchObject({ exitCode: 2, errors: expect.stringContaining('add --yes') });
      const { exitCode, output } = await run('dead-letters', 'redrive', '--stack', 'Local', '--yes');
      expect([exitCode, output]).toEqual([
        0,
        'DeadLetterQueue: 2 moved, and tried again from now on: see logout-receiver deferred list\n',
      ]);
    } finally {
      await sqs.stop();
    }
  });
});
