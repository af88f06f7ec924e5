import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import type { NamedQueue } from '../../../cli/aws/queues.ts';
import { localAccount } from '../../../local/local-account.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { openQueues } from '../../../local/queues/sqs.ts';
import { queueResources, stackOf } from '../../local/queues/queue-stack.ts';

export interface LocalSqs {
  readonly endpoint: string;
  readonly deadLetters: NamedQueue;
  readonly sources: NamedQueue;
  /** Sends a message, and has it given up: received twice, and not deleted. */
  giveUp(body: string): Promise<void>;
  send(queue: NamedQueue, body: string): Promise<void>;
  stop(): Promise<void>;
}

/** The SQS of the local run, with a queue and its dead-letter queue; the environment leads the AWS SDK to it. */
export async function startLocalSqs(): Promise<LocalSqs> {
  const shutdown = createShutdown();
  const { endpoint = '', queues } = await openQueues([stackOf(queueResources())], shutdown);
  const { accessKeyId, secretAccessKey } = localAccount.credentials;
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  const client = new SQSClient({ ...localAccount, endpoint });
  const named = (name: string) => ({ name, url: `${endpoint}/000000000000/S-${name}` });
  const sources = named('Queue');
  const send = async ({ url }: NamedQueue, body: string) => {
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
  };
  return {
    endpoint,
    deadLetters: named('DeadLetters'),
    sources,
    send,
    async giveUp(body) {
      await send(sources, body);
      const source = [...queues.values()].find(({ definition }) => definition.redrive !== undefined);
      for (let receives = 0; receives < 3; receives++) {
        source?.receive(10, 0);
      }
    },
    async stop() {
      client.destroy();
      vi.unstubAllEnvs();
      await shutdown.end();
    },
  };
}
