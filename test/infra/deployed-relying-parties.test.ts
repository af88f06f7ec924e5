import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deployedRelyingParties } from '../../infra/deployed-relying-parties.ts';
import { temporaryDirectory } from '../local/functions/bundle.ts';

function deployed(relyingParties: object[], { sampleRelyingParties = false } = {}) {
  const relyingPartiesFile = join(temporaryDirectory(), 'relying-parties.json');
  writeFileSync(relyingPartiesFile, JSON.stringify({ relyingParties }));
  const said: string[] = [];
  const context = { relyingPartiesFile, sampleRelyingParties };
  return { relyingPartiesFile, said, read: () => deployedRelyingParties(context, (line) => said.push(line)) };
}

const shop = { issuer: 'https://op.test', clientId: 'shop', algorithms: ['RS256'] };
const forum = { issuer: 'https://login.test/realms/a', clientId: 'forum', algorithms: ['ES256'] };

it('a deployment says which file and which clients go in', () => {
  const { relyingPartiesFile, said, read } = deployed([shop, forum]);
  expect(read().relyingParties).toMatchObject([shop, forum]);
  expect(said).toEqual([
    `relying parties: ${relyingPartiesFile}`,
    '  https://op.test client shop',
    '  https://login.test/realms/a client forum',
  ]);
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
  expect(deployed([{ ...shop, issuer }], { sampleRelyingParties: true }).read().relyingParties).toHaveLength(1);
});

it.each([
  'https://myexample.com',
  'https://example.com.test',
  'https://op.example.co.uk',
  'https://op.test/example.com',
])('%s is no example', (issuer) => {
  expect(deployed([{ ...shop, issuer }]).read().relyingParties).toHaveLength(1);
});
