import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { IssuerError } from './issuer-error.ts';

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Looks a host up for a socket, and gives it the very addresses that were checked: who would look up again to connect
 * could get another answer (DNS rebinding).
 *
 * A host with one address that is not allowed has none.
 */
export function checkedLookup(isAllowed: (address: string) => boolean, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) {
        callback(error ?? new IssuerError('no_address', `${hostname} has no address`), []);
      } else if (!addresses.every(({ address }) => isAllowed(address))) {
        callback(new IssuerError('address_not_allowed', `${hostname} has an address that is not allowed`), []);
      } else if (options.all) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
