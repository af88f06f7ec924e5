import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { clockDifference } from '../../../cli/clock-difference.ts';
import { alarmFindings } from '../../../cli/doctor/alarms.ts';
import { clockFinding } from '../../../cli/doctor/clock.ts';
import { clientFinding, endpointFinding, type Probe } from '../../../cli/doctor/endpoint.ts';
import { eventSourceFinding, type FunctionState, functionFinding } from '../../../cli/doctor/functions.ts';
import { publishedFindings } from '../../../cli/doctor/issuers.ts';
import { keyAgeFinding } from '../../../cli/doctor/key-age.ts';
import { stackFindings, versionFinding } from '../../../cli/doctor/stacks.ts';
import { JWKS_CACHE_TABLE, SESSIONS_TABLE, type TableState, tableFindings } from '../../../cli/doctor/tables.ts';
import { deadLetterFinding, deferredFinding } from '../../../cli/doctor/waiting.ts';
import type { Finding } from '../../../cli/finding.ts';
import { checkRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';

/** What is wrong, of many; nothing where all is well. */
const wrong = (findings: readonly Finding[]) =>
  findings.filter(({ level }) => level !== 'good').map(({ code, level }) => `${level} ${code}`);

const issuer = 'https://op.test';
const client = { issuer, clientId: 'shop' };

describe('the endpoint', () => {
  it.each<[string, Probe, string, RegExp]>([
    ['refuses nobody’s token', { status: 400, reason: 'issuer_unknown' }, 'good', /reached from here/],
    ['cannot be reached', { failure: 'connect ECONNREFUSED' }, 'problem', /cannot be reached.*ECONNREFUSED/],
    ['redirects', { status: 308 }, 'problem', /redirects/],
    ['is behind an authorizer', { status: 401 }, 'problem', /closed to OPs/],
    ['is behind a firewall', { status: 403 }, 'problem', /closed to OPs/],
    ['has another path', { status: 404 }, 'problem', /no receiver there/],
    ['is flooded', { status: 429 }, 'problem', /throttled/],
    ['fails', { status: 503, reason: 'internal_error' }, 'problem', /fails \(503 internal_error\)/],
    ['takes the token', { status: 200 }, 'problem', /nobody has signed/],
    ['is something else', { status: 400 }, 'problem', /no receiver answers \(400\)/],
    ['refuses for another reason', { status: 400, reason: 'token_malformed' }, 'problem', /400 token_malformed/],
  ])('that %s', (_case, result, level, text) => {
    const finding = endpointFinding('https://logout.test/', result);
    expect(finding).toMatchObject({ code: 'endpoint', level, text: expect.stringMatching(text) });
    expect(finding.advice === undefined).toBe(level === 'good');
  });

  it.each<[string, Probe, string]>([
    ['knows the client', { status: 400, reason: 'alg_not_allowed' }, 'good'],
    ['knows the client, and wants tokens encrypted', { status: 400, reason: 'token_not_encrypted' }, 'good'],
    ['does not know the issuer', { status: 400, reason: 'issuer_unknown' }, 'problem'],
    ['does not know the client', { status: 400, reason: 'audience_mismatch' }, 'problem'],
    ['fails', { status: 503, reason: 'internal_error' }, 'problem'],
    ['is gone', { failure: 'there was no answer in time' }, 'problem'],
  ])('that %s', (_case, result, level) => {
    expect(clientFinding(client, result)).toMatchObject({ code: 'endpoint_client', level });
  });
});

describe('the clock of an OP', () => {
  it.each([
    [0, 60, 'good'],
    [-2, 60, 'good'],
    [3, 60, 'note'],
    [-60, 60, 'note'],
    [61, 60, 'problem'],
    [-61, 60, 'problem'],
    [3, 0, 'problem'],
  ])('%s s ahead, where %s s are tolerated', (offset, tolerance, level) => {
    expect(clockFinding(issuer, offset, "the receiver's", tolerance)).toMatchObject({ code: 'clock', level });
  });

  it.each([
    ['written between question and answer', 'Thu, 01 Jan 1970 00:00:10 GMT', 10, 11, 0, 0],
    ['the same, however long the answer took', 'Thu, 01 Jan 1970 00:00:10 GMT', 2, 11, 0, 0],
    ['behind', 'Thu, 01 Jan 1970 00:00:00 GMT', 10.9, 11, 0, -10],
    ['ahead', 'Thu, 01 Jan 1970 00:01:10 GMT', 9, 9.6, 0, 60],
    ['out of a cache', 'Thu, 01 Jan 1970 00:00:00 GMT', 10.4, 10.6, 10, 0],
    ['unknown', 'yesterday', 0, 0, 0, undefined],
    ['untold', undefined, 0, 0, 0, undefined],
  ])('is read off the Date header: %s', (_case, date, askedAt, answeredAt, age, offset) => {
    expect(clockDifference(date, age, askedAt, answeredAt)).toBe(offset);
  });
});

describe('what an issuer publishes', () => {
  const location = { issuer, allowPrivateAddresses: false, jwksMaxStaleSeconds: 86_400 };
  const party = (algorithms: string[]) =>
    checkRelyingParties({ relyingParties: [{ issuer, clientId: 'shop', algorithms }] }, 'test').relyingParties;
  const jwksUri = 'https://op.test/jwks';
  const rsa = { kty: 'RSA', n: 'n', e: 'AQAB' } as const;
  const ec = { kty: 'EC', crv: 'P-256' } as const;

  it.each([
    ['nothing', { failure: '404' }, ['RS256'], ['problem discovery']],
    ['no keys', { jwksUri, failure: '404' }, ['RS256'], ['problem jwks']],
    ['an empty set', { jwksUri, keys: [] }, ['RS256'], ['problem jwks']],
    ['a key for the algorithm', { jwksUri, keys: [rsa] }, ['RS256'], []],
    ['a key that is bound to it', { jwksUri, keys: [{ ...rsa, alg: 'RS256' }] }, ['RS256'], []],
    ['a key that is bound to another', { jwksUri, keys: [{ ...rsa, alg: 'RS256' }] }, ['PS256'], ['problem jwks']],
    ['a key to encrypt with', { jwksUri, keys: [{ ...rsa, use: 'enc' }] }, ['RS256'], ['problem jwks']],
    ['a key of another type', { jwksUri, keys: [ec] }, ['RS256', 'EdDSA', 'ES384'], ['problem jwks']],
    ['a key of the curve', { jwksUri, keys: [ec] }, ['RS256', 'ES256'], []],
    ['an Edwards curve', { jwksUri, keys: [{ kty: 'OKP' as const, crv: 'Ed25519' }] }, ['EdDSA'], []],
  ])('%s', (_case, published, algorithms, expected) => {
    expect(wrong(publishedFindings(location, published, party(algorithms)))).toEqual(expected);
  });

  it('says nothing that steers a terminal', () => {
    const keys = [{ ...rsa, alg: 'RS256\u001b[2J' }, rsa];
    const [, { text } = { text: '' }] = publishedFindings(location, { jwksUri, keys }, party(['RS256']));
    expect(text).toBe('https://op.test: 2 keys to verify with (RS256\\u001b[2J, RSA)');
  });

  it.each([
    ['never had', undefined, 'problem', /never/],
    ['fresh', { fetchedAt: 9_900, freshUntil: 10_500 }, 'good', /1 min 40 s ago/],
    ['due for a while', { fetchedAt: 8_800, freshUntil: 9_400 }, 'good', /20 min ago/],
    ['old', { fetchedAt: 8_799, freshUntil: 9_399 }, 'problem', /renew them every 10 min/],
    ['too old', { fetchedAt: 10_000 - 86_400, freshUntil: 600 }, 'problem', /too old to use/],
  ])('in the JWKS cache: %s', (_case, fetched, level, text) => {
    const finding = keyAgeFinding(location, fetched, 10_000);
    expect(finding).toMatchObject({ code: 'key_age', level, text: expect.stringMatching(text) });
  });
});

describe('a table', () => {
  const sessions: TableState = {
    name: 'T',
    status: 'ACTIVE',
    keys: { pk: 'HASH', sk: 'RANGE' },
    stream: 'NEW_AND_OLD_IMAGES',
    expiry: 'expiresAt',
    isRecoverable: true,
    isProtected: true,
  };

  it.each<[string, Partial<TableState>, string[]]>([
    ['as it was made', {}, []],
    ['under change', { status: 'UPDATING' }, []],
    ['that is going', { status: 'DELETING' }, ['problem table_status']],
    ['without the sort key', { keys: { pk: 'HASH' } }, ['problem table_keys']],
    ['with its keys the wrong way round', { keys: { pk: 'RANGE', sk: 'HASH' } }, ['problem table_keys']],
    ['that forgets nothing', { expiry: undefined }, ['problem table_expiry']],
    ['that forgets by another attribute', { expiry: 'ttl' }, ['problem table_expiry']],
    ['without recovery', { isRecoverable: false }, ['problem table_recovery']],
    ['without protection', { isProtected: false }, ['problem table_protection']],
    ['without stream', { stream: undefined }, ['problem table_stream']],
    ['with a stream of new images', { stream: 'NEW_IMAGE' }, ['problem table_stream']],
  ])('%s', (_case, changes, expected) => {
    expect(wrong(tableFindings({ ...sessions, ...changes }, SESSIONS_TABLE))).toEqual(expected);
  });

  it('of cached keys needs neither sort key nor stream, and nobody misses what is lost with it', () => {
    const cache = { ...sessions, keys: { pk: 'HASH' }, stream: undefined, isRecoverable: false, isProtected: false };
    expect(wrong(tableFindings(cache, JWKS_CACHE_TABLE))).toEqual([]);
  });
});

describe('a function', () => {
  const state: FunctionState = { name: 'F', runtime: 'nodejs24.x', state: 'Active', lastUpdate: 'Successful' };

  it.each<[string, Partial<FunctionState>, string]>([
    ['that is active', {}, 'good'],
    ['that nobody has called for long', { state: 'Inactive' }, 'good'],
    ['that may run ten times at once', { reserved: 10 }, 'good'],
    ['that was stopped', { reserved: 0 }, 'problem'],
    ['that is not made yet', { state: 'Pending' }, 'problem'],
    ['that could not be made', { state: 'Failed', why: 'no image' }, 'problem'],
    ['whose update has failed', { lastUpdate: 'Failed' }, 'problem'],
    ['whose update is under way', { lastUpdate: 'InProgress' }, 'problem'],
    ['on another runtime', { runtime: 'nodejs26.x' }, 'note'],
  ])('%s', (_case, changes, level) => {
    expect(functionFinding({ ...state, ...changes })).toMatchObject({ code: 'function', level });
  });

  it('is expected on the runtime that is deployed', () => {
    const runtimes = readFileSync(inject('stacksFile'), 'utf8').match(/nodejs\d+\.x/g) ?? [];
    expect(new Set(runtimes).size).toBe(1);
    expect(functionFinding({ ...state, runtime: runtimes[0] ?? '' }).level).toBe('good');
  });

  it.each([
    ['Enabled', undefined, 'good'],
    ['Enabled', 'OK', 'good'],
    ['Enabled', 'PROBLEM: Function call failed', 'problem'],
    ['Disabled', undefined, 'problem'],
    ['Disabling', undefined, 'problem'],
  ])('that is fed, when the mapping is %s and says %s', (mapping, lastResult, level) => {
    const finding = eventSourceFinding({ source: 'the queue Q', functionName: 'F', state: mapping, lastResult });
    expect(finding).toMatchObject({ code: 'event_source', level });
  });
});

describe('alarms', () => {
  const calm = { name: 'A', state: 'OK', description: 'what it means', hasActions: true };

  it.each([
    ['that are calm', ['A'], [calm], []],
    ['that have no data yet', ['A'], [{ ...calm, state: 'INSUFFICIENT_DATA' }], []],
    ['that nobody hears', ['A'], [{ ...calm, hasActions: false }], ['problem alarm_actions']],
    ['that ring', ['A'], [{ ...calm, state: 'ALARM' }], ['problem alarm']],
    ['that were deleted', ['A', 'B'], [calm], ['problem alarm_missing']],
  ])('%s', (_case, names, alarms, expected) => {
    expect(wrong(alarmFindings(names, alarms))).toEqual(expected);
  });

  it.each([
    [['Shop-LogoutMonitoringDeadLettersD99D287D-1K2J', 'A'], '1 of 2 alarms have no action: nobody hears DeadLetters'],
    [['Shop-LogoutMonitoringDeadLettersD99D287D-1K2J'], 'none of 1 alarms has an action: nobody hears them'],
  ])('that nobody hears are told by the ids of docs/monitoring.md, unless that is all of them: %j', (names, text) => {
    const alarms = names.map((name) => ({ ...calm, name, hasActions: name === 'A' }));
    expect(alarmFindings(names, alarms)).toContainEqual(expect.objectContaining({ code: 'alarm_actions', text }));
  });

  it('that ring say what that means', () => {
    expect(alarmFindings(['A'], [{ ...calm, state: 'ALARM' }])).toContainEqual(
      expect.objectContaining({ advice: 'what it means' }),
    );
  });
});

describe('stacks and queues', () => {
  const stack = (status: string, isProtected = true) => ({
    name: 'S',
    status,
    isProtected,
    construct: '',
    outputs: new Map(),
  });

  it.each([
    ['CREATE_COMPLETE', 'good'],
    ['UPDATE_COMPLETE', 'good'],
    ['IMPORT_COMPLETE', 'good'],
    ['UPDATE_IN_PROGRESS', 'note'],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'note'],
    ['UPDATE_ROLLBACK_COMPLETE', 'problem'],
    ['UPDATE_ROLLBACK_FAILED', 'problem'],
    ['ROLLBACK_COMPLETE', 'problem'],
    ['DELETE_FAILED', 'problem'],
  ])('a stack whose status is %s', (status, level) => {
    expect(stackFindings(stack(status), true)).toMatchObject([{ code: 'stack', level }]);
  });

  it('the stack of the sessions must be protected, and the other one need not', () => {
    expect(wrong(stackFindings(stack('CREATE_COMPLETE', false), true))).toEqual(['problem stack_protection']);
    expect(wrong(stackFindings(stack('CREATE_COMPLETE', false), false))).toEqual([]);
  });

  it.each([
    ['1.2.3', 'good'],
    ['1.2.2', 'note'],
    [undefined, 'note'],
  ])('version %s is deployed, and the command is of version 1.2.3', (deployed, level) => {
    expect(versionFinding(deployed, '1.2.3')).toMatchObject({ code: 'version', level });
  });

  const queue = { name: 'DeadLetterQueue', url: '', arn: '', visible: 0, inFlight: 0, delayed: 0 };
  it.each([
    [queue, 'good', 'good'],
    [{ ...queue, visible: 1 }, 'note', 'problem'],
    [{ ...queue, inFlight: 1 }, 'note', 'problem'],
    [{ ...queue, delayed: 1 }, 'note', 'problem'],
  ])('a queue with %o', (state, deferred, dead) => {
    expect([deferredFinding(state).level, deadLetterFinding(state).level]).toEqual([deferred, dead]);
  });
});
