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

// First and last address of each range of the IANA special-purpose address registries, and those beside it.
it.each([
  ['9.255.255.255', '10.0.0.0', '10.255.255.255', '11.0.0.0'],
  ['100.63.255.255', '100.64.0.0', '100.127.255.255', '100.128.0.0'],
  ['126.255.255.255', '127.0.0.0', '127.255.255.255', '128.0.0.0'],
  ['169.253.255.255', '169.254.0.0', '169.254.255.255', '169.255.0.0'],
  ['172.15.255.255', '172.16.0.0', '172.31.255.255', '172.32.0.0'],
  ['191.255.255.255', '192.0.0.0', '192.0.0.255', '192.0.1.0'],
  ['192.0.1.255', '192.0.2.0', '192.0.2.255', '192.0.3.0'],
  ['192.88.98.255', '192.88.99.0', '192.88.99.255', '192.88.100.0'],
  ['192.167.255.255', '192.168.0.0', '192.168.255.255', '192.169.0.0'],
  ['198.17.255.255', '198.18.0.0', '198.19.255.255', '198.20.0.0'],
  ['198.51.99.255', '198.51.100.0', '198.51.100.255', '198.51.101.0'],
  ['203.0.112.255', '203.0.113.0', '203.0.113.255', '203.0.114.0'],
  ['2000:ffff:ffff::', '2001::', '2001:1ff:ffff::', '2001:200::'],
  ['2001:db7:ffff::', '2001:db8::', '2001:db8:ffff::', '2001:db9::'],
  ['2001:ffff:ffff::', '2002::', '2002:ffff:ffff::', '2003::'],
  ['3ffe:ffff::', '3fff::', '3fff:fff:ffff::', '3fff:1000::'],
])('the public Internet ends with %s, before %s, and goes on after %s, with %s', (...edges) => {
  expect(edges.map((address) => isAllowedAddress(address, false))).toEqual([true, false, false, true]);
  expect(edges.map((address) => isAllowedAddress(address, true))).toEqual([true, true, true, true]);
  for (const prefix of edges[0]?.includes(':') ? [] : ['::ffff:', '64:ff9b::']) {
    expect(edges.map((address) => isAllowedAddress(`${prefix}${address}`, false))).toEqual([true, false, false, true]);
  }
});

it.each([
  ['0.255.255.255', '1.0.0.0'],
  ['224.0.0.0', '223.255.255.255'],
  ['239.255.255.255', '223.0.0.0'],
  ['240.0.0.0', '223.255.0.0'],
  ['255.255.255.255', '1.1.1.1'],
  ['1fff:ffff::', '2000::'],
  ['4000::', '3fff:ffff::'],
  ['64:ff9b:0:0:0:1::', '64:ff9b::1.1.1.1'],
  ['64:ff9a:ffff::', '64:ff9b::1.1.1.1'],
  ['::1:ffff:1.1.1.1', '::ffff:1.1.1.1'],
  ['feff:ffff::', '2000::1'],
  ['ff00::', '2000::1'],
])('%s is not of the public Internet, and %s is', (outside, inside) => {
  expect([outside, inside].map((address) => isAllowedAddress(address, false))).toEqual([false, true]);
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
      // Asked for one address, a resolver hides the others.
      (_host, { all: isAsked }, callback) => callback(null, (isAsked && answers.shift()) || []),
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
