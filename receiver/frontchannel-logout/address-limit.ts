import { isIPv6 } from 'node:net';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { hashOf, type ItemKey } from '../../relying-party/sessions/item-keys.ts';
import type { SessionsTable } from '../../relying-party/sessions/sessions-table.ts';
import { numberIn } from '../../relying-party/sessions/stored-item.ts';

/**
 * Requests that one address may make within a window. Many users can share an address, and each sign-out makes one request
 * for each client. A `sid` of 122 random bits is out of reach at any such pace: what the limit bounds is cost.
 */
export const MOST_REQUESTS = 600;
const WINDOW_SECONDS = 60;
/** Longer than the clocks of function instances can differ. */
const KEPT_SECONDS = 600;

/**
 * Counts a request of an address, and tells whether it is within the limit. All function instances count in one item.
 *
 * @param address of the browser, or of the proxy nearest to us
 * @param now epoch seconds
 * @throws whatever the table throws: then it may have been counted
 */
export async function isWithinLimit(
  { client, tableName }: SessionsTable,
  address: string,
  now: number,
): Promise<boolean> {
  const { Attributes } = await client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: counterKey(address, now),
      UpdateExpression: 'ADD requests :one SET expiresAt = :expiresAt',
      ExpressionAttributeValues: { ':one': 1, ':expiresAt': Math.ceil(now) + KEPT_SECONDS },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return numberIn(Attributes ?? {}, 'requests') <= MOST_REQUESTS;
}

/**
 * The item that counts the requests of an address in the window of a time.
 *
 * @param now epoch seconds
 */
export function counterKey(address: string, now: number): ItemKey {
  return { pk: `ADDRESS#${hashOf(blockOf(address), String(Math.floor(now / WINDOW_SECONDS)))}`, sk: 'REQUESTS' };
}

/** Of IPv6 the first 64 bits: who has one address has all of its network (RFC 4291, section 2.5.4). */
function blockOf(address: string): string {
  if (!isIPv6(address)) {
    return address;
  }
  // The URL parser writes each address in one way only.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before = [], after = []] = [head, tail].map((groups) => groups.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
