import { KeySource } from '../receiver/jwks/key-source.ts';
import { tellTimeouts } from './receiver/jwks/told-timeouts.ts';
import { newTable } from './tables.ts';

/**
 * The keys of a function instance of its own, with a cache table of its own that must not fail. Nothing takes too long: this
 * machine may be busy.
 */
export async function newKeySource(): Promise<KeySource> {
  tellTimeouts();
  return new KeySource(await newTable('jwksCache'), {
    onEvent(event) {
      if (event.type === 'cache_failed') {
        throw event.error;
      }
    },
  });
}
