import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readLambdaFunction } from '../../../local/functions/lambda-function.ts';
import { lambdaNode } from '../../../local/functions/lambda-node.ts';
import type { Stack } from '../../../local/template/cloud-assembly.ts';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:S-Function';

function stackWith(properties: object): Stack {
  const Properties = { Code: { S3Key: 'key.zip' }, Handler: 'index.handler', Runtime: 'nodejs24.x', ...properties };
  return {
    name: 'S',
    template: { Resources: { Function: { Type: 'AWS::Lambda::Function', Properties } }, Outputs: {} },
    assets: new Map([['key.zip', '/assets/key']]),
  };
}

describe('a function of the template', () => {
  it('has what the template gives it', () => {
    const stack = stackWith({
      FunctionName: 'named',
      MemorySize: 512,
      Timeout: 10,
      ReservedConcurrentExecutions: 3,
      Environment: { Variables: { REGION: { Ref: 'AWS::Region' } } },
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', LogGroup: 'logs' },
      Role: { 'Fn::GetAtt': ['AResourceTheLocalRunDoesNotKnow', 'Arn'] },
    });
    expect(readLambdaFunction([stack], arn.replace('S-Function', 'named'))).toEqual({
      name: 'named',
      arn: arn.replace('S-Function', 'named'),
      directory: '/assets/key',
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      memoryMegabytes: 512,
      timeoutSeconds: 10,
      reservedConcurrency: 3,
      environment: { REGION: 'us-east-1' },
      logFormat: 'JSON',
      logLevel: 'INFO',
      logGroup: 'logs',
    });
  });

  it('has Lambda’s defaults for what the template leaves out', () => {
    expect(readLambdaFunction([stackWith({})], arn)).toMatchObject({
      memoryMegabytes: 128,
      timeoutSeconds: 3,
      environment: {},
      logFormat: 'Text',
      logGroup: '/aws/lambda/S-Function',
    });
  });

  it.each([
    [
      'another runtime',
      { Runtime: 'python3.14' },
      'S: Resources.Function.Properties.Runtime: the local run knows the Node.js runtimes only',
    ],
    ['code in the template', { Code: { ZipFile: '' } }, 'S: Resources.Function.Properties.Code.S3Key: '],
    [
      'code from elsewhere',
      { Code: { S3Key: 'other.zip' } },
      'S: Resources.Function.Properties.Code: no asset has the key other.zip',
    ],
    [
      'an environment that cannot be resolved',
      { Environment: { Variables: { A: { Ref: 'B' } } } },
      'S: Resources.Function.Properties.Environment.Variables.A.Ref: the local run cannot resolve B',
    ],
  ])('is refused with %s, and says where', (_what, properties, message) => {
    expect(() => readLambdaFunction([stackWith(properties)], arn)).toThrow(message);
  });

  it('is missed by its name', () => {
    expect(() => readLambdaFunction([stackWith({})], 'arn:other')).toThrow(
      'the synthesized template has no function arn:other',
    );
  });
});

describe('the Node.js of a function', () => {
  it.each(['nodejs24.x', 'nodejs18.x'])('is that of %s, or there is a warning', async (runtime) => {
    const warnings: string[] = [];
    const { stdout } = await promisify(execFile)(
      lambdaNode(runtime, (line) => warnings.push(line)),
      ['--version'],
    );
    const isSame = `nodejs${stdout.match(/\d+/)?.[0]}.x` === runtime;
    expect(warnings).toEqual(
      isSame ? [] : [`the function runs on Node.js ${stdout.trim().slice(1)} here, and on ${runtime} when deployed`],
    );
  });
});
