import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readContext } from '../../infra/context.ts';

const { context: flags } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(fileURLToPath(new URL('../../cdk.json', import.meta.url)), 'utf8')));

/** With what cdk.json has, what the command line adds by itself, and what it keeps of look-ups. */
const read = (context: Record<string, unknown>) =>
  readContext(
    new App({
      context: {
        ...flags,
        'aws:cdk:enable-path-metadata': true,
        'aws:cdk:bundling-stacks': ['**'],
        'availability-zones:account=111122223333:region=eu-west-1': ['eu-west-1a'],
        ...context,
      },
    }).node,
  );

it('without anything of ours, the context has the project file, no samples, no events and no front channel', () => {
  expect(read({})).toEqual({
    relyingPartiesFile: resolve('relying-parties.json'),
    sampleRelyingParties: false,
    stage: undefined,
    sessionEndedEvents: false,
    frontchannelLogout: false,
    relyingPartiesInAppConfig: false,
    secretIds: undefined,
    extraCaFile: undefined,
    sessions: { replicaRegions: [], given: undefined },
    reservedConcurrency: undefined,
    customDomain: {},
    monitoring: { alarmTopicArn: undefined, dashboard: true, noLogoutAlarmDays: undefined },
  });
});

it('files are looked up from where the app is run', () => {
  expect(read({ relyingParties: 'my.json', extraCa: '/ca.pem' })).toMatchObject({
    relyingPartiesFile: resolve('my.json'),
    extraCaFile: '/ca.pem',
  });
});

it.each([
  ['true', true],
  [true, true],
  ['false', false],
  [false, false],
])('switches are texts of the command line or booleans of cdk.json: %j', (value, expected) => {
  const switches = { sampleRelyingParties: value, sessionEndedEvents: value, frontchannelLogout: value };
  expect(read({ ...switches, dashboard: value })).toMatchObject({
    monitoring: { dashboard: expected },
    sampleRelyingParties: expected,
    sessionEndedEvents: expected,
    frontchannelLogout: expected,
  });
});

it.each(['100', 100])('reserved concurrency is a text of the command line or a number of cdk.json: %j', (value) => {
  expect(read({ reservedConcurrency: value }).reservedConcurrency).toBe(100);
});

it.each<[given: Record<string, unknown>, warmThroughput: object]>([
  [{ warmWriteUnits: '20000' }, { writeUnitsPerSecond: 20_000 }],
  [{ warmReadUnits: 24_000 }, { readUnitsPerSecond: 24_000 }],
  [
    { warmReadUnits: '24000', warmWriteUnits: 8000 },
    { readUnitsPerSecond: 24_000, writeUnitsPerSecond: 8000 },
  ],
])('the warm throughput of the sessions table has reads, writes or both: %j', (given, warmThroughput) => {
  expect(read(given).sessions.warmThroughput).toEqual(warmThroughput);
});

it('a table that is there keeps its own warm throughput', () => {
  const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/sessions';
  const given = { sessionsTableArn: tableArn, sessionsTableStreamArn: `${tableArn}/stream/2026-11-27T00:00:00.000` };
  expect(read(given).sessions.warmThroughput).toBe(undefined);
  expect(() => read({ ...given, warmWriteUnits: '20000' })).toThrow(
    'context warmReadUnits, warmWriteUnits: allowed where the app makes the table, and not with sessionsTableArn',
  );
});

const KNOWN =
  'relyingParties, sampleRelyingParties, stage, sessionEndedEvents, frontchannelLogout, relyingPartiesInAppConfig, secretIds, extraCa, replicaRegions, warmReadUnits, warmWriteUnits, sessionsTableArn, sessionsTableStreamArn, reservedConcurrency, domainName, certificateArn, hostedZoneId, hostedZoneName, keepExecuteApi, alarmTopicArn, dashboard, noLogoutAlarmDays';

const domain = { domainName: 'logout.example.com', certificateArn: 'arn:aws:acm:eu-west-1:1:certificate/1' };
const zone = { hostedZoneId: 'Z1', hostedZoneName: 'example.com' };

it.each([[domain], [{ ...domain, ...zone }], [{ ...domain, keepExecuteApi: 'OPs have the old URL' }]])(
  'a custom domain is taken: %j',
  (given) => {
    expect(read(given).customDomain).toEqual(given);
  },
);

it.each([
  [
    { domainName: domain.domainName },
    `context domainName: ${domain.domainName}: allowed with -c certificateArn= alone`,
  ],
  [{ certificateArn: 'arn' }, 'context certificateArn: arn: allowed with -c domainName= alone'],
  [zone, 'context hostedZoneId: Z1: allowed with -c domainName= alone'],
  [{ ...domain, hostedZoneId: 'Z1' }, 'context hostedZoneId: Z1: allowed with -c hostedZoneName= alone'],
  [
    { ...domain, hostedZoneName: 'a.example' },
    'context hostedZoneName: a.example: allowed with -c hostedZoneId= alone',
  ],
  [{ keepExecuteApi: 'why' }, 'context keepExecuteApi: why: allowed with -c domainName= alone'],
  [{ ...domain, keepExecuteApi: '' }, 'context keepExecuteApi: : allowed is a text that is not empty'],
  [{ ...domain, domainName: true }, 'context domainName: true: allowed is a text'],
])('half a custom domain is refused, in one line that says what is missing: %j', (given, message) => {
  expect(() => read(given)).toThrow(message);
});

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:operators';

it('alarms are told to the topic that is named, and may ring after days without a logout', () => {
  const { monitoring } = read({ alarmTopicArn: TOPIC, noLogoutAlarmDays: '3', dashboard: 'false' });
  expect(monitoring).toEqual({ alarmTopicArn: TOPIC, noLogoutAlarmDays: 3, dashboard: false });
});

it.each([
  ['relyingParty', 'my.json', `context relyingParty: there is no such key: allowed are ${KNOWN}`],
  ['relyingparties', 'my.json', `context relyingparties: there is no such key: allowed are ${KNOWN}`],
  ['relying-parties', 'my.json', `context relying-parties: there is no such key: allowed are ${KNOWN}`],
  ['sessionEndedEvent', 'true', `context sessionEndedEvent: there is no such key: allowed are ${KNOWN}`],
  ['relyingParties', '', 'context relyingParties: : allowed is the path of a file'],
  ['relyingParties', true, 'context relyingParties: true: allowed is the path of a file'],
  ['replicaRegions', 'Frankfurt', 'context replicaRegions: found "Frankfurt", allowed are AWS regions with commas'],
  ['replicaRegions', 3, 'context replicaRegions, sessionsTableArn, sessionsTableStreamArn: allowed are texts'],
  ['warmWriteUnits', '2e4', 'context warmWriteUnits: 2e4: allowed is a whole number'],
  ['warmReadUnits', '', 'context warmReadUnits: : allowed is a whole number'],
  ['sessionsTableArn', 'sessions', 'found sessions and undefined, allowed: the ARN of a table and that of its stream'],
  ['sessionsTableStreamArn', 'stream', 'found undefined and stream, allowed: the ARN of a table'],
  ['stage', 'Prod', 'stage: found "Prod", allowed: 1 to 20 lower-case letters, digits and hyphens, a letter first'],
  ['stage', true, 'stage: found true, allowed: 1 to 20 lower-case letters'],
  ['sampleRelyingParties', 'yes', 'context sampleRelyingParties: yes: allowed is true or false'],
  ['sessionEndedEvents', 'yes', 'context sessionEndedEvents: yes: allowed is true or false'],
  ['frontchannelLogout', 'on', 'context frontchannelLogout: on: allowed is true or false'],
  ['secretIds', 'a,,b', 'context secretIds: a,,b: allowed are names or ARNs, with commas between them'],
  ['reservedConcurrency', '1e2', 'context reservedConcurrency: 1e2: allowed is a whole number'],
  ['reservedConcurrency', '', 'context reservedConcurrency: : allowed is a whole number'],
  ['dashboard', 'no', 'context dashboard: no: allowed is true or false'],
  ['alarmTopicArn', 'operators', 'context alarmTopicArn: operators: allowed is the ARN of a standard SNS topic'],
  ['alarmTopicArn', 'arn:aws:sqs:eu-west-1:123456789012:q', 'allowed is the ARN of a standard SNS topic'],
  ['alarmTopicArn', `${TOPIC}.fifo`, 'allowed is the ARN of a standard SNS topic'],
  ['noLogoutAlarmDays', '8', 'context noLogoutAlarmDays: 8: allowed is a number of days, 1 to 7'],
  ['noLogoutAlarmDays', '1.5', 'context noLogoutAlarmDays: 1.5: allowed is a number of days, 1 to 7'],
])('the context %s=%s is refused, in one line that says what is allowed', (key, value, message) => {
  expect(() => read({ [key]: value })).toThrow(message);
});
