import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { describe, expect, it } from 'vitest';
import { SessionsTable } from '../../../infra/sessions-table.ts';
import { newApp } from '../../infra/receiver-stacks.ts';

const { STRING, NUMBER } = AttributeType;
const fitting = {
  partitionKey: { name: 'pk', type: STRING },
  sortKey: { name: 'sk', type: STRING },
  timeToLiveAttribute: 'expiresAt',
  deletionProtection: true,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
};
const BOTH = StreamViewType.NEW_AND_OLD_IMAGES;

/** Tables of the same app: of `TableV2`, and of `Table`, where the stream is called otherwise. */
const MADE = [
  [
    'TableV2',
    (stack: Stack, stream: StreamViewType | undefined, props: object) =>
      new TableV2(stack, 'Table', { ...fitting, ...(stream && { dynamoStream: stream }), ...props }),
  ],
  [
    'Table',
    (stack: Stack, stream: StreamViewType | undefined, props: object) =>
      new Table(stack, 'Table', { ...fitting, ...(stream && { stream }), ...props }),
  ],
] as const;

const newStack = () => new Stack(newApp(), 'Tables');

describe.each(MADE)('a %s of the same app that is given for the sessions', (_type, make) => {
  it('is taken where it has what a new one has', () => {
    const stack = newStack();
    const table = make(stack, BOTH, {});
    expect(new SessionsTable(stack, 'Sessions', { table }).table).toBe(table);
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  it.each<[string, StreamViewType | undefined, object, string]>([
    [
      'other names of keys',
      BOTH,
      { partitionKey: { name: 'id', type: STRING } },
      'found a table with the keys id (S) HASH, sk (S) RANGE, allowed: pk (S) HASH, sk (S) RANGE',
    ],
    [
      'no sort key',
      BOTH,
      { sortKey: undefined },
      'found a table with the keys pk (S) HASH, allowed: pk (S) HASH, sk (S) RANGE',
    ],
    [
      'a key of another type',
      BOTH,
      { sortKey: { name: 'sk', type: NUMBER } },
      'found a table with the keys pk (S) HASH, sk (N) RANGE, allowed',
    ],
    [
      'time to live in another attribute',
      BOTH,
      { timeToLiveAttribute: 'ttl' },
      'found a table with time to live in ttl, allowed: expiresAt',
    ],
    [
      'no time to live',
      BOTH,
      { timeToLiveAttribute: undefined },
      'found a table with time to live in no attribute, allowed: expiresAt',
    ],
    [
      'a stream without old images',
      StreamViewType.NEW_IMAGE,
      {},
      'found a stream of NEW_IMAGE, allowed: NEW_AND_OLD_IMAGES',
    ],
    ['no stream', undefined, {}, 'found a table without a stream, allowed: one with a stream of new and old images'],
  ])('is refused with %s', (_what, stream, props, message) => {
    const stack = newStack();
    const table = make(stack, stream, props);
    expect(() => new SessionsTable(stack, 'Sessions', { table })).toThrow(`Tables/Sessions: ${message}`);
  });

  it('is warned of where nobody can restore it, and where it is deleted by mistake', () => {
    const stack = newStack();
    const table = make(stack, BOTH, { deletionProtection: false, pointInTimeRecoverySpecification: undefined });
    new SessionsTable(stack, 'Sessions', { table });
    const said = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(said.map(({ id, entry }) => [id, entry.data])).toEqual([
      ['/Tables/Sessions', expect.stringContaining('has no point-in-time recovery')],
      ['/Tables/Sessions', expect.stringContaining('has no deletion protection')],
    ]);
  });
});

const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions';
const tableStreamArn = `${tableArn}/stream/2026-11-27T00:00:00.000`;

describe.each([
  ['TableV2', TableV2],
  ['Table', Table],
])('an imported %s that is given for the sessions', (_type, { fromTableAttributes }) => {
  it('is taken with its stream, of which nothing else can be seen', () => {
    const stack = newStack();
    const table = fromTableAttributes(stack, 'Table', { tableArn, tableStreamArn });
    expect(new SessionsTable(stack, 'Sessions', { table }).tableName).toBe('sessions');
  });

  it('is refused without its stream', () => {
    const stack = newStack();
    const table = fromTableAttributes(stack, 'Table', { tableArn });
    expect(() => new SessionsTable(stack, 'Sessions', { table })).toThrow(
      'Tables/Sessions: found a table without a stream, allowed: one with a stream of new and old images (StreamViewType.NEW_AND_OLD_IMAGES; for an imported table, give tableStreamArn)',
    );
  });
});
