import { expect, it } from 'vitest';
import { shortName } from '../../../cli/aws/resource-name.ts';

it.each([
  ['LogoutReceiver-DeferredLogoutFunction6EE765D1-75GY07T517QI', 'DeferredLogout'],
  ['BackchannelLogoutFunction3BCF5722', 'BackchannelLogout'],
  ['LogoutReceiverSessions-SessionsTableAB156456-CZRRMQ4H7QRI', 'SessionsTable'],
  ['my-stack-DeferredLogouts6F0CC1E9-Z8QX3YS1VZ22', 'DeferredLogouts'],
  ['a-name-of-somebody', 'a-name-of-somebody'],
])('%s is called %s', (name, short) => {
  expect(shortName(name)).toBe(short);
});
