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
    extraCaFile: undefined,
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
  expect(read({ sampleRelyingParties: value, sessionEndedEvents: value, frontchannelLogout: value })).toMatchObject({
    sampleRelyingParties: expected,
    sessionEndedEvents: expected,
    frontchannelLogout: expected,
  });
});

const KNOWN = 'relyingParties, sampleRelyingParties, stage, sessionEndedEvents, frontchannelLogout, extraCa';

it.each([
  ['relyingParty', 'my.json', `context relyingParty: there is no such key: allowed are ${KNOWN}`],
  ['relyingparties', 'my.json', `context relyingparties: there is no such key: allowed are ${KNOWN}`],
  ['relying-parties', 'my.json', `context relying-parties: there is no such key: allowed are ${KNOWN}`],
  ['sessionEndedEvent', 'true', `context sessionEndedEvent: there is no such key: allowed are ${KNOWN}`],
  ['relyingParties', '', 'context relyingParties: : allowed is the path of a file'],
  ['relyingParties', true, 'context relyingParties: true: allowed is the path of a file'],
  ['stage', 'Prod', 'stage: found "Prod", allowed: 1 to 20 lower-case letters, digits and hyphens, a letter first'],
  ['stage', true, 'stage: found true, allowed: 1 to 20 lower-case letters'],
  ['sampleRelyingParties', 'yes', 'context sampleRelyingParties: yes: allowed is true or false'],
  ['sessionEndedEvents', 'yes', 'context sessionEndedEvents: yes: allowed is true or false'],
  ['frontchannelLogout', 'on', 'context frontchannelLogout: on: allowed is true or false'],
])('the context %s=%s is refused, in one line that says what is allowed', (key, value, message) => {
  expect(() => read({ [key]: value })).toThrow(message);
});
