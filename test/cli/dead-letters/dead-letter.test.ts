import { describe, expect, it } from 'vitest';
import { deadLetterFrom, inQueue } from '../../../cli/dead-letters/dead-letter.ts';
import { summaryOf } from '../../../cli/dead-letters/summary.ts';

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const SECRETS = { sub: 'the-sub', sid: 'the-sid', jti: 'the-jti' };
const token = [
  base64url({ alg: 'RS256', kid: 'k1' }),
  base64url({ iss: 'https://op.example', aud: ['shop', 'desk'], ...SECRETS }),
  'the-signature',
].join('.');
const order = {
  issuer: 'https://op.example',
  scope: 'sid',
  jti: 'the-jti',
  claim: { pk: 'JTI#the-hash', scopeHash: 'the-hash', iat: 1000, repeatedUntil: 2000 },
  endings: [
    {
      clientId: 'shop',
      partition: 'SID#the-hash',
      maxSessionLifetimeSeconds: 60,
      allowanceSeconds: 5,
      subject: 'SUBJECT#the-hash',
    },
  ],
  refusesReplays: false,
};
const givenUp = {
  requestContext: { requestId: 'r', functionArn: 'arn', condition: 'RecordAgeExceeded', approximateInvokeCount: 7 },
  DDBStreamBatchInfo: { batchSize: 3, approximateArrivalOfFirstRecord: '1970-01-01T00:16:40Z', shardId: 's' },
};

describe('what is shown of a dead letter', () => {
  it.each([
    [
      'a verified logout: issuer, clients and kind of scope',
      { order, receivedAt: 1001.5 },
      { kind: 'verified', origin: { iss: 'https://op.example', aud: 'shop', scope: 'sid' }, receivedAt: 1001.5 },
    ],
    [
      'a token: what it claims of its origin',
      { token, receivedAt: 1001 },
      {
        kind: 'unverified',
        origin: { alg: 'RS256', kid: 'k1', iss: 'https://op.example', aud: 'shop, desk' },
        receivedAt: 1001,
      },
    ],
    [
      'an interrupted logout: when it was',
      { endings: order.endings, loggedOutAt: 1000 },
      { kind: 'interrupted', origin: {}, receivedAt: 1000 },
    ],
    [
      'a front-channel logout that was not judged: when it was',
      { frontchannelQuery: 'iss=https%3A%2F%2Fop.example&sid=the-sid', receivedAt: 1001 },
      { kind: 'frontchannel', origin: {}, receivedAt: 1001 },
    ],
    [
      'records of the stream: how many, from when, and why',
      givenUp,
      { kind: 'stream', origin: { condition: 'RecordAgeExceeded' }, records: 3, receivedAt: 1000 },
    ],
    ['anything else: nothing', { secret: 'the-sub' }, { kind: 'unknown', origin: {} }],
  ])('%s', (_case, body, shown) => {
    const letter = deadLetterFrom(JSON.stringify(body));
    expect(letter).toEqual(shown);
    expect(JSON.stringify(letter)).not.toMatch(/the-/);
  });

  it.each([
    ['DeadLetterQueue', 'verified'],
    // Nobody has signed it, so it does not stand among those that were verified.
    ['UnverifiedDeadLetterQueue', 'frontchannel'],
  ])('is, of the same logout in %s, %s', (queue, kind) => {
    expect(inQueue(queue, deadLetterFrom(JSON.stringify({ order, receivedAt: 1001 }))).kind).toBe(kind);
    expect(inQueue(queue, deadLetterFrom(JSON.stringify({ token, receivedAt: 1001 }))).kind).toBe('unverified');
  });

  it('is nothing of what is no JSON', () => {
    expect(deadLetterFrom('the-sub')).toEqual({ kind: 'unknown', origin: {} });
  });
});

describe('the summary', () => {
  it('counts those of one kind and origin together, the most first, with the times of the first and the last', () => {
    const one = deadLetterFrom(JSON.stringify({ order, receivedAt: 5000 }));
    const other = deadLetterFrom(JSON.stringify({ token, receivedAt: 1001 }));
    expect(summaryOf([other, one, { ...one, receivedAt: 4000 }, { ...one, receivedAt: undefined }])).toEqual([
      { kind: 'verified', origin: one.origin, messages: 3, oldestReceivedAt: 4000, newestReceivedAt: 5000 },
      { kind: 'unverified', origin: other.origin, messages: 1, oldestReceivedAt: 1001, newestReceivedAt: 1001 },
    ]);
  });

  it('adds up the records of the stream', () => {
    const letter = deadLetterFrom(JSON.stringify(givenUp));
    expect(summaryOf([letter, letter])).toMatchObject([{ messages: 2, records: 6 }]);
  });
});
