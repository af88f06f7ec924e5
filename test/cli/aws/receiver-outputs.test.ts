import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { receiverOutputs } from '../../../cli/aws/receiver-outputs.ts';
import { LogoutReceiver } from '../../../infra/logout-receiver.ts';
import { newApp, relyingParties } from '../../infra/receiver-stacks.ts';

/** The outputs of a stack with a receiver at each of the paths, by their logical ids; their values are the same. */
function outputsOf(...paths: string[]): [string, string][] {
  const stack = new Stack(newApp(), 'Shop');
  for (const [index, path] of paths.entries()) {
    const [id = '', ...scopes] = path.split('/').reverse();
    const scope = scopes.reverse().reduce<Construct>((parent, name) => new Construct(parent, name), stack);
    new LogoutReceiver(scope, id, { relyingParties, stage: `stage${index}` });
  }
  return Object.keys(Template.fromStack(stack).findOutputs('*')).map((key) => [key, key]);
}

const ALWAYS = ['BackchannelLogoutUri', 'SessionsTableName', 'JwksCacheTableName', 'DeadLetterQueueUrl', 'Version'];

describe('the outputs of a receiver', () => {
  it.each([
    ['as the app of this project makes it', 'Default', ''],
    ['in a stack of somebody else', 'Logout', 'Logout'],
    ['inside of another construct', 'Sign-In/Logout', 'SignInLogout'],
  ])('%s are found by their own names', (_where, path, construct) => {
    const outputs = [['Url', 'https://shop.test'] as const, ...outputsOf(path)];
    const found = receiverOutputs('Shop', outputs);
    expect(found.construct).toBe(construct);
    expect([...found.outputs.keys()]).toEqual(expect.arrayContaining(ALWAYS));
    expect(found.outputs.get('SessionsTableName')).toMatch(
      new RegExp(`^${construct}SessionsTableName${construct === '' ? '$' : '[0-9A-F]{8}$'}`),
    );
  });

  it('are those of one: of several, nobody could say which is meant', () => {
    expect(() => receiverOutputs('Shop', outputsOf('Logout', 'Test'))).toThrow(
      'the stack Shop has several receivers (Logout, Test): the commands know one for each stack',
    );
  });

  it('of a stack without a receiver are as they are', () => {
    expect(receiverOutputs('Shop', [['Url', 'https://shop.test']])).toEqual({
      construct: '',
      outputs: new Map([['Url', 'https://shop.test']]),
    });
  });
});
