import { describe, expect, it } from 'vitest';
import { readableFunctionLine } from '../../../local/log/function-line.ts';

/** What Powertools adds to each line. */
const COMMON = {
  timestamp: '2026-11-27T04:09:30.830Z',
  service: 'logout-receiver',
  cold_start: true,
  function_arn: 'arn:aws:lambda:us-east-1:000000000000:function:Example',
  function_memory_size: '512',
  function_name: 'Example',
  function_request_id: 'e1443c0a-79a8-4194-8f8f-782cf21f0b39',
  sampling_rate: 0,
};

const line = (level: string, message: string, members: object = {}) =>
  readableFunctionLine(JSON.stringify({ level, message, ...COMMON, ...members }));

describe('a line that a function logs is shown as level, message and what matters of the rest', () => {
  it.each<[string, Parameters<typeof line>, string]>([
    [
      'a logout that was carried out',
      [
        'INFO',
        'logout_accepted',
        {
          ...{ issuer: 'https://op.test', clientIds: ['shop', 'forum'], jti: 'j', scope: 'sid', isReplay: false },
          ...{ sessionsEnded: 1, sessionsOfAnotherSub: 0, sessionsLeftByReplay: 0 },
        },
      ],
      'INFO logout_accepted issuer=https://op.test clientIds=shop,forum scope=sid sessionsEnded=1',
    ],
    [
      'what a refused token claims',
      ['INFO', 'logout_rejected', { reason: 'issuer_unknown', unverified: { alg: 'RS256', iss: 'https://op.test/' } }],
      'INFO logout_rejected reason=issuer_unknown unverified.alg=RS256 unverified.iss=https://op.test/',
    ],
    [
      'a failure that was foreseen',
      ['WARN', 'jwks_fetch_failed', { issuer: 'https://op.test', error: 'Error: getaddrinfo ENOTFOUND op.test' }],
      'WARN jwks_fetch_failed issuer=https://op.test: Error: getaddrinfo ENOTFOUND op.test',
    ],
    [
      'a failure by its root cause, in one line',
      [
        'WARN',
        'logout_deferred',
        {
          ...{ reason: 'jwks_unavailable', isVerified: false, error: 'LogoutFailure: jwks_unavailable' },
          cause: { error: 'JwksError: none', cause: { error: 'Error: connect\n  ECONNREFUSED' } },
        },
      ],
      'WARN logout_deferred reason=jwks_unavailable: Error: connect ECONNREFUSED',
    ],
    [
      'an error that nobody foresaw with its stack',
      [
        'ERROR',
        'logout_failed',
        {
          ...{ reason: 'store_unavailable', error: 'LogoutFailure: store_unavailable' },
          cause: { error: 'TypeError: broken', stack: 'TypeError: broken\n    at handler (index.mjs:1:1)' },
        },
      ],
      'ERROR logout_failed reason=store_unavailable: TypeError: broken\n  TypeError: broken\n      at handler (index.mjs:1:1)',
    ],
    ['a message that is not known here', ['ERROR', 'something_new', { other: 1 }], 'ERROR something_new'],
  ])('%s', (_what, logged, shown) => {
    expect(line(...logged)).toBe(shown);
  });

  it.each([
    ['metrics', '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]},"service":"logout-receiver","LogoutRejected":1}'],
    ['the age of keys', JSON.stringify({ level: 'INFO', message: 'jwks_age', ...COMMON, issuer: 'https://op.test' })],
    [
      'a refusal of which the line of the request says all',
      JSON.stringify({
        level: 'INFO',
        message: 'logout_rejected',
        ...COMMON,
        reason: 'token_malformed',
        unverified: {},
      }),
    ],
  ])('but not %s', (_what, written) => {
    expect(readableFunctionLine(written)).toBeUndefined();
  });

  it.each(['TypeError: broken', '    at handler (index.mjs:1:1)', '', '5', '{"neither": "log", "nor": "metrics"}'])(
    'and what is no line of a log is shown as it is: %j',
    (written) => {
      expect(readableFunctionLine(written)).toBe(written);
    },
  );

  it('where nothing that a token says can steer the terminal, or look like what the receiver says', () => {
    const unverified = { iss: '\u001b[2J\u202eevil\nINFO logout_accepted', kid: 'k: Error', aud: ['a b', 'c'] };
    expect(line('INFO', 'logout_rejected', { reason: 'issuer_unknown', unverified })).toBe(
      'INFO logout_rejected reason=issuer_unknown unverified.iss="\\u001b[2J\ufffdevil\\nINFO logout_accepted" unverified.kid="k: Error" unverified.aud="a b,c"',
    );
    expect(readableFunctionLine('\u001b[2Jplain\ttext\u009b')).toBe('\ufffd[2Jplain\ttext\ufffd');
  });
});
