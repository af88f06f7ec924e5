import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { counterKey, isWithinLimit, MOST_REQUESTS } from '../../../receiver/frontchannel-logout/address-limit.ts';
import { newTable } from '../../tables.ts';

const NOW = 1_700_000_040;
const itemOf = (address: string, now = NOW) => counterKey(address, now).pk;

describe('requests are counted', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2::', '2001:0DB8:0001:0002:0000:0000:0000:0001'],
    ['2001:db8::1', '2001:db8:0:0:1::'],
    ['::1', '::2'],
  ])('of %s and %s together', (one, other) => {
    expect(itemOf(one)).toBe(itemOf(other));
  });

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1:2:3:4', '2001:db8:0:1::4'],
    ['1::', '::1'],
  ])('of %s and %s each by itself', (one, other) => {
    expect(itemOf(one)).not.toBe(itemOf(other));
  });

  it('anew each minute', () => {
    expect(itemOf('192.0.2.1', NOW + 59.9)).toBe(itemOf('192.0.2.1'));
    expect(itemOf('192.0.2.1', NOW + 60)).not.toBe(itemOf('192.0.2.1'));
  });

  it('under a hash, and not under the address', () => {
    expect(itemOf('192.0.2.1')).toMatch(/^ADDRESS#[\w-]{43}$/);
  });

  it('by all instances in one item, up to the limit', async () => {
    const table = await newTable('sessions');
    // As it stands when all but three were made.
    const counted = { ...counterKey('192.0.2.1', NOW), requests: MOST_REQUESTS - 3 };
    await table.client.send(new PutCommand({ TableName: table.tableName, Item: counted }));
    const within = await Promise.all(Array.from({ length: 8 }, () => isWithinLimit(table, '192.0.2.1', NOW)));
    expect(within.filter((isWithin) => isWithin)).toHaveLength(3);
    expect(await isWithinLimit(table, '192.0.2.1', NOW)).toBe(false);
    expect(await isWithinLimit(table, '192.0.2.2', NOW)).toBe(true);
    expect(await isWithinLimit(table, '192.0.2.1', NOW + 60)).toBe(true);
  });
});
