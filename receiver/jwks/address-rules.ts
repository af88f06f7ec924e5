import { BlockList, isIP, isIPv6 } from 'node:net';

type Subnet = readonly [network: string, prefix: number];

/** Of no server, whatever is configured: this host, multicast, reserved, broadcast. */
const NOWHERE: readonly Subnet[] = [
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Not of the public Internet (the IANA special-purpose address registry). */
const PRIVATE: readonly Subnet[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Among them the address under which instances of AWS find their credentials.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
];

/** Those of global unicast, 2000::/3, that lead elsewhere: protocol assignments (Teredo), documentation, 6to4. */
const PRIVATE_IPV6: readonly Subnet[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const nowhere = blockList(NOWHERE, [
  ['::', 128],
  ['ff00::', 8],
]);
const special = blockList(PRIVATE, PRIVATE_IPV6);
const loopback = blockList([['127.0.0.0', 8]], [['::1', 128]]);
/** What IPv6 has of the public Internet: global unicast, and the two forms of IPv4, whose own rules hold beside. */
const globalIPv6 = blockList(
  [],
  [
    ['2000::', 3],
    ['::ffff:0:0', 96],
    // How hosts without IPv4 reach it (RFC 6052).
    ['64:ff9b::', 96],
  ],
);

/** Whether an address is one of the public Internet, or with `allowPrivateAddresses` any that a server can have. */
export function isAllowedAddress(address: string, allowPrivateAddresses: boolean): boolean {
  // A zone (fe80::1%eth0) makes sense on one link only, and hides the address from the lists.
  if (isIP(address) === 0 || address.includes('%') || isIn(nowhere, address)) {
    return false;
  }
  return allowPrivateAddresses || !(isIn(special, address) || (isIPv6(address) && !isIn(globalIPv6, address)));
}

export function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && isIn(loopback, address);
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Rules for IPv4 hold for its two forms in IPv6 as well. */
function blockList(ipv4: readonly Subnet[], ipv6: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ipv4) {
    list.addSubnet(network, prefix, 'ipv4');
    list.addSubnet(`::ffff:${network}`, 96 + prefix, 'ipv6');
    list.addSubnet(`64:ff9b::${network}`, 96 + prefix, 'ipv6');
  }
  for (const [network, prefix] of ipv6) {
    list.addSubnet(network, prefix, 'ipv6');
  }
  return list;
}
