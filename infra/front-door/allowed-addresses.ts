import { isIP, isIPv6 } from 'node:net';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * Whether a text is a block of addresses as AWS WAF and resource policies take it: with a prefix, which is not 0, and
 * without bits behind it.
 */
export function isAddressBlock(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || more.length > 0 || !/^[1-9][0-9]{0,2}$/.test(prefix)) {
    return false;
  }
  const bits = isIPv6(address) ? ipv6Bits(address) : ipv4Bits(address);
  return Number(prefix) <= bits.length && !bits.slice(Number(prefix)).includes('1');
}

export function isIpv6Block(block: string): boolean {
  return block.includes(':');
}

/**
 * The resource policy of a REST API whose back channel only these blocks may reach. What is not allowed is refused, since
 * no method has an authorization of its own
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html).
 *
 * @param hasFrontchannel whether browsers, which come from anywhere, may reach the front channel
 */
export function resourcePolicy(blocks: readonly string[], hasFrontchannel: boolean): PolicyDocument {
  const invoke = { principals: [new AnyPrincipal()], actions: ['execute-api:Invoke'] };
  const allowed = new PolicyStatement({
    ...{ sid: 'BackchannelLogout', ...invoke, resources: ['execute-api:/*'] },
    conditions: { IpAddress: { 'aws:SourceIp': blocks } },
  });
  const browsers = new PolicyStatement({
    ...{ sid: 'FrontchannelLogout', ...invoke, resources: ['execute-api:/*/GET/frontchannel-logout'] },
  });
  return new PolicyDocument({ statements: hasFrontchannel ? [allowed, browsers] : [allowed] });
}

function ipv4Bits(address: string): string {
  return address
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
}

function ipv6Bits(address: string): string {
  // The URL parser writes each address in one way only.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before = [], after = []] = [head, tail].map((groups) => groups.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}
