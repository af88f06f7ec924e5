import { describe, expect, it } from 'vitest';
import { failedItems } from '../../../local/event-sources/batch-response.ts';

describe('what a function returns for a batch of a and b', () => {
  it.each([
    ['nothing', undefined, []],
    ['null', null, []],
    ['an empty object', {}, []],
    ['no list', { batchItemFailures: null }, []],
    ['an empty list', { batchItemFailures: [] }, []],
    ['one of them', { batchItemFailures: [{ itemIdentifier: 'b' }] }, ['b']],
    ['both', { batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'a' }] }, ['b', 'a']],
    ['another one', { batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'c' }] }, undefined],
    ['an empty one', { batchItemFailures: [{ itemIdentifier: '' }] }, undefined],
    ['one under another name', { batchItemFailures: [{ messageId: 'a' }] }, undefined],
    ['one that is null', { batchItemFailures: [{ itemIdentifier: null }] }, undefined],
    ['what is no list', { batchItemFailures: 'a' }, undefined],
    ['a text', 'done', undefined],
  ])('says what failed: %s', (_what, returned, failed) => {
    expect(failedItems(returned, ['a', 'b'])).toEqual(failed && new Set(failed));
  });
});
