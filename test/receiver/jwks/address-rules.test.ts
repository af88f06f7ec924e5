import { describe, expect, it } from 'vitest';
import { isAllowedAddress, isLoopbackAddress } from '../../../receiver/jwks/address-rules.ts';
import { checkedLookup } from '../../../receiver/jwks/checked-lookup.ts';

it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
  '%s is of the public Internet',
  (address) => {
    expect(isAllowedAddress(address, false)).toBe(true);
  },
);

it.each([
  ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '127.0.0.1', '127.255.255.254'],
  ...['169.254.169.254', '192.0.2.1', '198.18.0.1', '::1', 'fe80::1', 'fc00::1', 'fd00:ec2::254', 'fec0::1'],
  ...['::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '64:ff9b::10.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', '2002:a00:1::'],
  ...['2001:0:1::', '2001:db8::1', '::127.0.0.1'],
])('%s is not, and is allowed only where that is configured', (address) => {
  expect([isAllowedAddress(address, false), isAllowedAddress(address, true)]).toEqual([false, true]);
});

it.each([
  '0.0.0.0',
  '0.1.2.3',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'ff02::1',
  '::ffff:0.0.0.0',
  'fe80::1%eth0',
  'x',
  '',
])('%j is no address of a server, whatever is configured', (address) => {
  expect(isAllowedAddress(address, true)).toBe(false);
});

it('loopback is what leads nowhere else', () => {
  const addresses = ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', '126.255.255.255', '::2', 'localhost'];
  expect(addresses.map(isLoopbackAddress)).toEqual([true, true, true, true, false, false, false]);
});

describe('looking a host up', () => {
  const [good, other, bad] = [
    { address: '8.8.8.8', family: 4 },
    { address: '2606:4700::1', family: 6 },
    { address: '10.0.0.1', family: 4 },
  ];

  /** Looks up once more than it may, and gets other answers then, as of a name that is made to change them. */
  function lookUp(first: readonly (typeof good)[], all: boolean) {
    const answers = [[...first], [bad]];
    const lookup = checkedLookup(
      (address) => isAllowedAddress(address, false),
      (_host, _options, callback) => callback(null, answers.shift() ?? []),
    );
    return new Promise((resolve, reject) => {
      lookup('op.example.com', { all }, (error, address, family) =>
        error ? reject(error) : resolve([address, family]),
      );
    });
  }

  it('gives a socket the addresses that were checked, and no others', async () => {
    expect(await lookUp([good, other], true)).toEqual([[good, other], undefined]);
    expect(await lookUp([other], false)).toEqual([other.address, 6]);
  });

  it.each([true, false])('gives it none where one of them is not allowed (all: %s)', async (all) => {
    await expect(lookUp([good, bad], all)).rejects.toThrow('op.example.com has an address that is not allowed');
  });

  it('gives it the resolver’s own error for a name that nobody has', async () => {
    const attempt = new Promise((_resolve, reject) => {
      checkedLookup(() => true)('no such host', { all: true }, reject);
    });
    await expect(attempt).rejects.toMatchObject({ syscall: 'getaddrinfo' });
  });

  it('gives it none where there is none', async () => {
    await expect(lookUp([], true)).rejects.toThrow('op.example.com has no address');
  });
});
