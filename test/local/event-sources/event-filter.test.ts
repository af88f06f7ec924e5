import { describe, expect, it } from 'vitest';
import { eventFilter } from '../../../local/event-sources/event-filter.ts';

const event = {
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: 'DEFERRED#1' } }, NewImage: { pk: { S: 'DEFERRED#1' }, attempts: { N: '2' } } },
};

describe('a filter of events', () => {
  it.each<[string, object[], boolean]>([
    ['there are no patterns', [], true],
    ['a value is the same', [{ eventName: ['INSERT'] }], true],
    ['a value is another one', [{ eventName: ['REMOVE'] }], false],
    ['a value is one of several', [{ eventName: ['MODIFY', 'INSERT'] }], true],
    ['a value begins so', [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'DEFERRED#' }] } } } }], true],
    ['a value begins otherwise', [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'SESSION#' }] } } } }], false],
    ['all of a pattern fits', [{ eventName: ['INSERT'], dynamodb: { NewImage: { attempts: { N: ['2'] } } } }], true],
    [
      'not all of a pattern fits',
      [{ eventName: ['INSERT'], dynamodb: { NewImage: { attempts: { N: ['3'] } } } }],
      false,
    ],
    ['one of the patterns fits', [{ eventName: ['REMOVE'] }, { eventName: ['INSERT'] }], true],
    ['a value is not there', [{ dynamodb: { OldImage: { pk: { S: [{ prefix: '' }] } } } }], false],
    ['a value must be there, and is', [{ dynamodb: { NewImage: { attempts: { N: [{ exists: true }] } } } }], true],
    ['a value must be there, and is not', [{ dynamodb: { OldImage: { pk: { S: [{ exists: true }] } } } }], false],
    ['a value must not be there, and is not', [{ dynamodb: { OldImage: { pk: { S: [{ exists: false }] } } } }], true],
    ['a value must not be there, and is', [{ dynamodb: { Keys: { pk: { S: [{ exists: false }] } } } }], false],
    ['a value is not a text', [{ dynamodb: { Keys: { pk: [{ prefix: '' }] } } }], false],
    ['a name is one that every object has', [{ dynamodb: { constructor: { name: ['Object'] } } }], false],
  ])('where %s', (_when, patterns, isWanted) => {
    const texts = patterns.map((pattern) => JSON.stringify(pattern));
    expect(eventFilter(texts, 'Filters')(event)).toBe(isWanted);
  });
});
