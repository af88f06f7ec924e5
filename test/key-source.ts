import { KeySource } from '../receiver/jwks/key-source.ts';
import { newTable } from './tables.ts';

/** The keys of a function instance of its own, with a cache table of its own that must not fail. */
export async function newKeySource(): Promise<KeySource> {
  return new KeySource(await newTable('jwksCache'), {
    onEvent(event) {
      if (event.type === 'cache_failed') {
        throw event.error;
      }
    },
  });
}
