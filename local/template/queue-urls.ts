import { localAccount } from '../local-account.ts';

const DEPLOYED_ENDPOINT = `https://sqs.${localAccount.region}.${localAccount.urlSuffix}`;

/**
 * URL of a queue in SQS, which is what the template's values have.
 *
 * @param name of the queue
 */
export function deployedQueueUrl(name: string): string {
  return queueUrl(DEPLOYED_ENDPOINT, name);
}

/**
 * URL of a queue.
 *
 * @param endpoint of the SQS that has the queue
 * @param name of the queue
 */
export function queueUrl(endpoint: string, name: string): string {
  return `${endpoint}/${localAccount.id}/${name}`;
}

/**
 * Replaces the URLs of deployed queues in a text by those of the local ones.
 *
 * They have to be: the SDK prefers the host of a queue's URL to the endpoint that its environment names.
 *
 * @param text that a template has: a queue's URL, or what was made of one
 * @param endpoint of the local SQS
 */
export function withLocalQueueUrls(text: string, endpoint: string): string {
  return text.replaceAll(`${DEPLOYED_ENDPOINT}/`, `${endpoint}/`);
}
