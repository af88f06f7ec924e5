import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deployedRelyingParties } from '../../infra/deployed-relying-parties.ts';
import { temporaryDirectory } from '../local/functions/bundle.ts';

function deployed(relyingParties: object[], { sampleRelyingParties = false, frontchannelLogout = false } = {}) {
  const relyingPartiesFile = join(temporaryDirectory(), 'relying-parties.json');
  writeFileSync(relyingPartiesFile, JSON.stringify({ relyingParties }));
  const said: string[] = [];
  const context = { relyingPartiesFile, sampleRelyingParties, frontchannelLogout };
  return { relyingPartiesFile, said, read: () => deployedRelyingParties(context, (line) => said.push(line)) };
}

const shop = { issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] };
const forum = { issuer: 'https://login.test/realms/a', clientId: 'forum', algorithms: ['ES256'] };

it('a deployment says which file and which clients go in', () => {
  const { relyingPartiesFile, said, read } = deployed([shop, forum]);
  expect(read()).toMatchObject([shop, forum]);
  expect(said).toEqual([
    `relying parties: ${relyingPartiesFile}`,
    '  https://op.test client shop',
    '  https://login.test/realms/a client forum',
  ]);
});

it('a deployment warns of a relying party that names no algorithms', () => {
  const { said, read } = deployed([forum, { issuer: 'https://op.test', clientId: 'shop' }]);
  read();
  expect(said.slice(3)).toEqual([
    expect.stringMatching(
      /^warning: relyingParties\[1\] \(https:\/\/op\.test client shop\) .*"algorithms": \["RS256"\]$/,
    ),
  ]);
});

it.each<[string, object, boolean, RegExp[]]>([
  [
    'a client has front-channel logout on and the deployment has not',
    { frontchannelLogout: true },
    false,
    [/^warning: relyingParties\[1\]\.frontchannelLogout: .*-c frontchannelLogout=true/],
  ],
  [
    'the deployment has front-channel logout on and no client has',
    {},
    true,
    [/^warning: .* no relying party has "frontchannelLogout": true/],
  ],
  ['both have front-channel logout on', { frontchannelLogout: true }, true, []],
  ['neither has front-channel logout on', { frontchannelLogout: false }, false, []],
])('a deployment warns, where it must, that %s', (_case, field, frontchannelLogout, warnings) => {
  const { said, read } = deployed([forum, { ...shop, ...field }], { frontchannelLogout });
  read();
  expect(said.slice(3)).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
});

it.each([
  'https://op.example.com',
  'https://op.example.com/realms/shop',
  'https://example.com:8443',
  'https://EXAMPLE.net',
  'https://example.org.',
  'https://op.example',
  'https://op.invalid',
])('the example %s is not deployed, unless that is asked for', (issuer) => {
  const { relyingPartiesFile, said, read } = deployed([forum, { ...shop, issuer }]);
  expect(read).toThrow(
    `${relyingPartiesFile}: ${issuer} is an example and no OP: give your own file with -c relyingParties=FILE (to try the sample: -c sampleRelyingParties=true)`,
  );
  expect(said).toContain(`relying parties: ${relyingPartiesFile}`);
  expect(deployed([{ ...shop, issuer }], { sampleRelyingParties: true }).read()).toHaveLength(1);
});

it.each([
  'https://myexample.com',
  'https://example.com.test',
  'https://op.example.co.uk',
  'https://op.test/example.com',
])('%s is no example', (issuer) => {
  expect(deployed([{ ...shop, issuer }]).read()).toHaveLength(1);
});
