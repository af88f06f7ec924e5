import { describe, expect, it } from 'vitest';
import { readCloudAssembly } from '../../local/template/cloud-assembly.ts';
import permissions from '../least-privilege/permissions.json' with { type: 'json' };
import { listOf, type PermissionList, permissionsIn } from '../least-privilege/policies.ts';
import { receiverStacks } from './receiver-stacks.ts';

/** The permissions of a receiver, in one stack, and its sessions table, in another. */
function permissionsOf(props: Parameters<typeof receiverStacks>[0]): PermissionList {
  const stacks = readCloudAssembly(receiverStacks(props).app.synth().directory);
  return listOf(permissionsIn(stacks), stacks);
}

// test/prove/least-privilege.prove.ts holds the list to the calls that functions make: both ways.
describe('the functions may do what the list of permissions says, and nothing else', () => {
  it('with everything turned on', () => {
    const secrets = { clientSecret: { secretId: 'clients/shop' }, decryptionKeys: { secretId: 'keys/shop' } };
    const relyingParty = {
      issuer: 'https://op.test',
      clientId: 'shop',
      algorithms: ['HS256'],
      frontchannelLogout: true,
    };
    const on = { sessionEndedEvents: true, frontchannelLogout: true };
    expect(permissionsOf({ relyingParties: [{ ...relyingParty, ...secrets }], ...on })).toEqual(permissions);
  });

  it('by default: without secrets, and without the functions that are not there', () => {
    const roles = Object.entries(permissions).filter(([role]) => !/Frontchannel|SessionEnded/.test(role));
    const expected = roles.map(([role, resources]) => [
      role,
      Object.fromEntries(Object.entries(resources).filter(([resource]) => !resource.startsWith('secret:'))),
    ]);
    expect(permissionsOf({})).toEqual(Object.fromEntries(expected));
  });
});
