import type { GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import { epochMilliseconds } from '../../relying-party/sessions/clock.ts';
import { awsFailure, inPlainWords } from './aws-failure.ts';
import type { AwsConfiguration } from './aws-options.ts';
import { type DeployedStack, outputOf } from './deployed-stack.ts';

/** A queue of the receiver's stack. */
export interface NamedQueue {
  /** As the stack's output is called, without `Url`. */
  readonly name: string;
  readonly url: string;
}

/** What SQS says of a queue. All counts are approximate. */
export interface QueueState extends NamedQueue {
  readonly arn: string;
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** CloudWatch has a value for each minute, and may come late with it. */
const LOOK_BACK_MILLISECONDS = 15 * 60_000;

/** Messages of all three kinds. */
export function countOf({ visible, inFlight, delayed }: QueueState): number {
  return visible + inFlight + delayed;
}

/**
 * The queues that the stack puts out.
 *
 * @throws FailedError where one that every receiver has is not among them
 */
export function queuesOf(
  stack: DeployedStack,
  names: readonly { readonly name: string; readonly isOptional?: boolean }[],
): readonly NamedQueue[] {
  return names
    .filter(({ name, isOptional }) => !isOptional || stack.outputs.has(`${name}Url`))
    .map(({ name }) => queueOf(stack, name));
}

/** @throws FailedError where the stack does not put it out */
export function queueOf(stack: DeployedStack, name: string): NamedQueue {
  return { name, url: outputOf(stack, `${name}Url`) };
}

/** @throws FailedError where nobody may look */
export async function readQueues(
  configuration: AwsConfiguration,
  queues: readonly NamedQueue[],
): Promise<readonly QueueState[]> {
  const client = await sqsClient(configuration);
  const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
  return await Promise.all(
    queues.map(async ({ name, url }) => {
      const { Attributes = {} } = await inPlainWords(
        client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] })),
      );
      return {
        name,
        url,
        arn: Attributes.QueueArn ?? '',
        visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      };
    }),
  );
}

export async function sqsClient(configuration: AwsConfiguration) {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  // The endpoint is the region's, or what AWS_ENDPOINT_URL names, and not the host of a queue's URL.
  return new SQSClient({ ...configuration, useQueueUrlAsEndpoint: false });
}

/**
 * How old the oldest messages are, in seconds, by the names of their queues. SQS itself does not tell: CloudWatch does, some
 * minutes late, of queues that were used within the last hours. Nor does it count messages that were received more than
 * three times, unless there are no others (AWS, Available CloudWatch metrics for Amazon SQS).
 *
 * @returns nothing where CloudWatch may not be asked: no more than ages is lost by that
 */
export async function readAges(
  configuration: AwsConfiguration,
  queues: readonly NamedQueue[],
): Promise<ReadonlyMap<string, number>> {
  try {
    const { MetricDataResults = [] } = await readAgeMetrics(configuration, queues);
    return new Map(
      queues.flatMap(({ name }, index) => {
        const newest = MetricDataResults.find(({ Id }) => Id === `queue${index}`)?.Values?.[0];
        return newest === undefined ? [] : [[name, newest] as const];
      }),
    );
  } catch (error) {
    if (awsFailure(error) === undefined) {
      throw error;
    }
    return new Map();
  }
}

async function readAgeMetrics(
  configuration: AwsConfiguration,
  queues: readonly NamedQueue[],
): Promise<GetMetricDataCommandOutput> {
  const { CloudWatchClient, GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const now = epochMilliseconds();
  return await new CloudWatchClient(configuration).send(
    new GetMetricDataCommand({
      StartTime: new Date(now - LOOK_BACK_MILLISECONDS),
      EndTime: new Date(now),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: queues.map(({ url }, index) => ({
        Id: `queue${index}`,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/SQS',
            MetricName: 'ApproximateAgeOfOldestMessage',
            Dimensions: [{ Name: 'QueueName', Value: url.slice(url.lastIndexOf('/') + 1) }],
          },
          Period: 60,
          Stat: 'Maximum',
        },
      })),
    }),
  );
}
