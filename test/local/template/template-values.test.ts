// biome-ignore-all lint/suspicious/noTemplateCurlyInString: patterns of Fn::Sub
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { StartupError } from '../../../local/process/startup-error.ts';
import type { Stack, Template } from '../../../local/template/cloud-assembly.ts';
import { findOutput, findResources, readProperties } from '../../../local/template/template-resources.ts';
import { resolveValue } from '../../../local/template/template-values.ts';

function stack(name: string, template: Partial<Template>): Stack {
  return { name, template: { Resources: {}, Outputs: {}, ...template }, assets: new Map() };
}

const data = stack('Data', {
  Resources: { Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: {} } },
  Outputs: {
    TableName: { Value: { Ref: 'Table' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-TableName' } } },
    NoText: { Value: ['a list'] },
  },
});
const service = stack('Service', {
  Resources: {
    Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { 'Fn::Sub': 'named-${AWS::Region}' } } },
    Function: { Type: 'AWS::Lambda::Function', Properties: {} },
    LogGroup: { Type: 'AWS::Logs::LogGroup', Properties: {} },
    Key: { Type: 'AWS::KMS::Key', Properties: {} },
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: {} },
    Queue: { Type: 'AWS::SNS::Topic', Properties: {} },
  },
  Outputs: { Greeting: { Value: { 'Fn::Join': ['', ['hello ', { Ref: 'AWS::StackName' }]] } } },
});
const stacks = [data, service];
const place = { stacks, stack: service, path: 'Resources.X' };

describe('a value of a template', () => {
  it.each<[string, unknown, unknown]>([
    ['plain values', { a: [1, 'b', null, true] }, { a: [1, 'b', null, true] }],
    [
      'Ref of a table without a name',
      { 'Fn::GetStackOutput': { StackName: 'Data', OutputName: 'TableName' } },
      'Data-Table',
    ],
    ['Ref of a table with a name', { Ref: 'Named' }, 'named-us-east-1'],
    ['Ref of a function', { Ref: 'Function' }, 'Service-Function'],
    ['Ref of an API', { Ref: 'Api' }, expect.stringMatching(/^[0-9a-f]{10}$/)],
    ['Ref of the region', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Ref of the account', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['Ref of the partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['Ref of the URL suffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['Ref of the stack name', { Ref: 'AWS::StackName' }, 'Service'],
    [
      'Fn::GetAtt',
      { 'Fn::GetAtt': ['Function', 'Arn'] },
      'arn:aws:lambda:us-east-1:000000000000:function:Service-Function',
    ],
    ['Fn::GetAtt of a key', { 'Fn::GetAtt': ['Key', 'Arn'] }, 'arn:aws:kms:us-east-1:000000000000:key/Service-Key'],
    [
      'Fn::GetAtt with a dot',
      { 'Fn::GetAtt': 'Named.Arn' },
      'arn:aws:dynamodb:us-east-1:000000000000:table/named-us-east-1',
    ],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 'b']] }, 'a-us-east-1-b'],
    [
      'Fn::Sub',
      { 'Fn::Sub': '${AWS::Region}/${Function}/${Named.Arn}/${!Literal}' },
      'us-east-1/Service-Function/arn:aws:dynamodb:us-east-1:000000000000:table/named-us-east-1/${Literal}',
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': ['${a.b} ${c}', { 'a.b': 'A', c: { Ref: 'AWS::Region' } }] },
      'A us-east-1',
    ],
    ['Fn::ImportValue', { 'Fn::ImportValue': 'Data-TableName' }, 'Data-Table'],
    [
      'Fn::GetStackOutput of a region',
      { 'Fn::GetStackOutput': { StackName: 'Data', Region: { Ref: 'AWS::Region' }, OutputName: 'TableName' } },
      'Data-Table',
    ],
    ['functions deep inside', { a: [{ b: { Ref: 'AWS::Region' } }] }, { a: [{ b: 'us-east-1' }] }],
  ])('has %s resolved', (_what, value, expected) => {
    expect(resolveValue(value, place)).toEqual(expected);
  });

  it.each([
    [
      'an unknown function',
      { a: { 'Fn::Select': [0, []] } },
      'Service: Resources.X.a: the local run cannot resolve Fn::Select',
    ],
    ['a condition', { 'Fn::If': ['c', 1, 2] }, 'Service: Resources.X: the local run cannot resolve Fn::If'],
    ['an unknown resource', { Ref: 'Nothing' }, 'Service: Resources.X.Ref: the local run cannot resolve Nothing'],
    [
      'a resource of an unknown type',
      { Ref: 'Queue' },
      'Service: Resources.X.Ref: the local run cannot resolve Queue, of type AWS::SNS::Topic',
    ],
    [
      'an unknown attribute',
      { 'Fn::GetAtt': ['Function', 'Nope'] },
      'Service: Resources.X.Fn::GetAtt: the local run cannot resolve Function.Nope',
    ],
    [
      'an unknown pseudo parameter',
      { Ref: 'AWS::NotificationARNs' },
      'Service: Resources.X.Ref: the local run cannot resolve AWS::NotificationARNs',
    ],
    [
      'an unknown name in Fn::Sub',
      { 'Fn::Sub': '${Nothing}' },
      'Service: Resources.X.Fn::Sub: the local run cannot resolve Nothing',
    ],
    [
      'an import that nothing exports',
      { 'Fn::ImportValue': 'Nothing' },
      'Service: Resources.X.Fn::ImportValue: the local run cannot resolve Nothing',
    ],
    [
      'an output that no stack has',
      { 'Fn::GetStackOutput': { StackName: 'Data', OutputName: 'No' } },
      'Service: Resources.X.Fn::GetStackOutput: the local run cannot resolve Data.No',
    ],
    [
      'an output of another kind',
      { 'Fn::GetStackOutput': { StackName: 'Data', OutputName: 'NoText' } },
      'Data: Outputs.NoText: Invalid input: expected string, received array',
    ],
    [
      'a malformed argument',
      { 'Fn::Join': 'a' },
      'Service: Resources.X.Fn::Join: Invalid input: expected tuple, received string',
    ],
  ])('is refused with the place of %s', (_what, value, message) => {
    expect(() => resolveValue(value, place)).toThrow(new StartupError(message));
  });
});

describe('an output', () => {
  it('is found in whichever stack has it', () => {
    expect([findOutput(stacks, 'TableName'), findOutput(stacks, 'Greeting')]).toEqual(['Data-Table', 'hello Service']);
  });

  it('that no stack has is an error that names it', () => {
    expect(() => findOutput(stacks, 'Nothing')).toThrow('the synthesized template has no output Nothing');
  });
});

describe('a resource', () => {
  it('has the same name wherever it is found', () => {
    expect(
      findResources(stacks, 'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table').map(({ ids }) => ids.ref),
    ).toEqual(['Data-Table', 'named-us-east-1']);
  });

  it('has its own properties read, and those alone resolved that are asked for', () => {
    const [resource] = findResources(
      [
        stack('S', {
          Resources: {
            Table: {
              Type: 'AWS::DynamoDB::Table',
              Properties: { BillingMode: { Ref: 'AWS::Region' }, Tags: { Ref: 'Unknown' } },
            },
          },
        }),
      ],
      'AWS::DynamoDB::Table',
    );
    expect(resource && readProperties(z.object({ BillingMode: z.string() }), resource)).toEqual({
      BillingMode: 'us-east-1',
    });
  });
});
