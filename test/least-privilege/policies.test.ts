import { describe, expect, it } from 'vitest';
import type { Stack, Template } from '../../local/template/cloud-assembly.ts';
import { listOf, permissionsIn } from './policies.ts';
import { callsNotAllowed, permissionsNotUsed } from './role-call.ts';

const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/App-Table';
const ROLE = 'arn:aws:iam::000000000000:role/App-Role';

function stacksWith(statement: object, role: object = {}, type = 'AWS::IAM::Policy'): Stack[] {
  const PolicyDocument = {
    Statement: [{ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: TABLE, ...statement }],
  };
  const Resources: Template['Resources'] = {
    Role: { Type: 'AWS::IAM::Role', Properties: { ...role } },
    Policy: { Type: type, Properties: { PolicyDocument, Roles: [{ Ref: 'Role' }] } },
  };
  return [{ name: 'App', template: { Resources, Outputs: {} }, assets: new Map() }];
}

describe('the permissions in templates', () => {
  it('are those of policies and of roles, an action and a resource each', () => {
    const Statement = [
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:us-east-1:000000000000:q' },
    ];
    const stacks = stacksWith(
      { Action: ['dynamodb:Query', 'dynamodb:GetItem'], Resource: [TABLE, `${TABLE}/stream/1`] },
      { Policies: [{ PolicyName: 'own', PolicyDocument: { Statement } }] },
    );
    expect(listOf(permissionsIn(stacks), stacks)).toEqual({
      'role/Role': {
        q: ['sqs:SendMessage'],
        'table/App-Table': ['dynamodb:GetItem', 'dynamodb:Query'],
        'table/App-Table/stream/1': ['dynamodb:GetItem', 'dynamodb:Query'],
      },
    });
  });

  it.each<[string, Stack[], RegExp]>([
    ['a condition', stacksWith({ Condition: { StringEquals: {} } }), /Policy\.Properties.*Condition/s],
    ['a denial', stacksWith({ Effect: 'Deny' }), /Effect/],
    ['all actions but some', stacksWith({ NotAction: 'dynamodb:Scan' }), /NotAction/],
    ['all resources but some', stacksWith({ NotResource: TABLE }), /NotResource/],
    ['any action of a service', stacksWith({ Action: 'dynamodb:*' }), /wildcard/],
    ['any table', stacksWith({ Resource: TABLE.replace('App-Table', '*') }), /wildcard/],
    ['anything', stacksWith({ Resource: '*' }), /wildcard/],
    [
      'a managed policy of AWS',
      stacksWith({}, { ManagedPolicyArns: ['arn:aws:iam::aws:policy/Any'] }),
      /managed policy/,
    ],
  ])('cannot be told of a policy with %s', (_what, stacks, message) => {
    expect(() => permissionsIn(stacks)).toThrow(message);
  });

  it('include those of managed policies in the template', () => {
    expect(permissionsIn(stacksWith({}, {}, 'AWS::IAM::ManagedPolicy'))).toEqual([
      { role: ROLE, action: 'dynamodb:GetItem', resource: TABLE },
    ]);
  });
});

describe('a call', () => {
  const call = { role: ROLE, action: 'dynamodb:GetItem', resource: TABLE };
  const secret = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:clients/shop';

  it.each<[string, object, object, boolean]>([
    ['to the letter', {}, {}, true],
    ['for another role', { role: `${ROLE}2` }, {}, false],
    ['for another action', { action: 'dynamodb:BatchGetItem' }, {}, false],
    ['for another table', { resource: `${TABLE}2` }, {}, false],
    ['where a dot stands for itself', { resource: TABLE.replace('-', '.') }, {}, false],
    ['by a wildcard', { resource: `${secret}-??????` }, { resource: `${secret}-a1B2c3` }, true],
    ['by a wildcard that is too short', { resource: `${secret}-??????` }, { resource: `${secret}-two-a1B2c3` }, false],
  ])('is allowed by a permission, or is not: %s', (_how, granted, made, isAllowed) => {
    const [permission, called] = [
      { ...call, ...granted },
      { ...call, ...made },
    ];
    expect(callsNotAllowed([called], [permission])).toEqual(isAllowed ? [] : [called]);
    expect(permissionsNotUsed([permission], [called])).toEqual(isAllowed ? [] : [permission]);
  });
});
