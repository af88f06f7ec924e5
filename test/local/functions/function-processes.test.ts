import { once } from 'node:events';
import { watch, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { FunctionError, startFunctionProcess } from '../../../local/functions/function-process.ts';
import { createShutdown } from '../../../local/process/shutdown.ts';
import { privateCa } from '../../private-ca.ts';
import { bundledFunction, invoker, temporaryDirectory } from './bundle.ts';

describe('the environment of a function', () => {
  it('is what the template gives and what Lambda sets, and nothing of the process that runs it', async () => {
    vi.stubEnv('LEAKED', 'yes');
    const lambda = bundledFunction('export const handler = async () => process.env;', {
      environment: {
        SESSIONS_TABLE_NAME: 'Sessions',
        AWS_REGION: 'eu-west-1',
        AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb',
      },
    });
    expect(await invoker(lambda)({})).toEqual({
      SESSIONS_TABLE_NAME: 'Sessions',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_NAME: 'Example',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      AWS_LAMBDA_LOG_GROUP_NAME: 'ExampleLogs',
      AWS_LAMBDA_LOG_LEVEL: 'INFO',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^2026\/11\/24\/\[\$LATEST\][0-9a-f]{32}$/),
      AWS_REGION: 'us-east-1',
      AWS_SECRET_ACCESS_KEY: 'local',
      LAMBDA_TASK_ROOT: lambda.directory,
      LANG: 'en_US.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      TZ: ':UTC',
      _HANDLER: 'index.handler',
    });
  });

  it('has the endpoints of Secrets Manager and EventBridge where there are such', async () => {
    const lambda = bundledFunction('export const handler = async () => process.env;');
    const secretsManager = 'http://127.0.0.1:9000/path';
    const eventBridge = 'http://127.0.0.1:9001/path';
    const endpoints = { dynamodb: 'http://127.0.0.1:8000', secretsManager, eventBridge };
    expect(await invoker(lambda, createShutdown(), endpoints)({})).toEqual(
      expect.objectContaining({
        AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager,
        AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge,
      }),
    );
  });

  it('names the bundle where it is here, and not where Lambda has it', async () => {
    const environment = { NODE_EXTRA_CA_CERTS: '/var/task/extra-ca.pem', OTHER: '/var/tasks/a' };
    const lambda = bundledFunction('export const handler = async () => process.env;', { environment });
    writeFileSync(join(lambda.directory, 'extra-ca.pem'), privateCa.ca);
    expect(await invoker(lambda)({})).toMatchObject({
      NODE_EXTRA_CA_CERTS: join(lambda.directory, 'extra-ca.pem'),
      OTHER: '/var/tasks/a',
    });
  });

  it('has the bundle as its working directory', async () => {
    const lambda = bundledFunction('export const handler = async () => process.cwd();');
    expect(await invoker(lambda)({})).toBe(await realpath(lambda.directory));
  });
});

describe('an invocation', () => {
  it('hands over the event and a context', async () => {
    const lambda = bundledFunction(`
      export async function handler(event, context) {
        const remaining = context.getRemainingTimeInMillis();
        return { event, context, isTimeLeft: remaining > 5000 && remaining <= 10000 };
      }`);
    expect(await invoker(lambda)({ list: [1, 'ä'] })).toEqual({
      event: { list: [1, 'ä'] },
      isTimeLeft: true,
      context: {
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        callbackWaitsForEmptyEventLoop: true,
        functionName: 'Example',
        functionVersion: '$LATEST',
        invokedFunctionArn: lambda.arn,
        logGroupName: 'ExampleLogs',
        logStreamName: expect.any(String),
        memoryLimitInMB: '256',
      },
    });
  });

  it.each([
    ['a value', '{ a: [undefined, new Date(0)] }', { a: [null, '1970-01-01T00:00:00.000Z'] }],
    ['nothing', 'undefined', null],
  ])('gives %s as JSON has it', async (_what, expression, expected) => {
    const invoke = invoker(bundledFunction(`export const handler = async () => (${expression});`));
    expect(await invoke({})).toEqual(expected);
  });

  it.each([
    ['index.mjs', 'index.run', 'export const run = async () => "run";'],
    ['index.js', 'index.run', 'exports.run = async () => "run";'],
    ['main.cjs', 'main.run', 'exports.run = async () => "run";'],
  ])('finds the handler in %s as %s', async (file, handler, source) => {
    expect(await invoker(bundledFunction(source, { handler }, file))({})).toBe('run');
  });

  it('keeps its process for the next one', async () => {
    const invoke = invoker(bundledFunction('let n = 0; export const handler = async () => [process.pid, ++n];'));
    const [pid] = z.array(z.number()).parse(await invoke({}));
    expect(await invoke({})).toEqual([pid, 2]);
  });
});

describe('what a function writes', () => {
  it.each(['log', 'error'])(
    'is told line by line, and also what it says before it dies: console.%s',
    async (method) => {
      const lines: string[] = [];
      const source = `console.${method}('one\\ntwo'); export const handler = () => { console.${method}('three'); process.exit(); };`;
      const lambda = bundledFunction(source);
      const functionProcess = startFunctionProcess(
        lambda,
        process.execPath,
        { LAMBDA_TASK_ROOT: lambda.directory, _HANDLER: 'index.handler' },
        (line) => lines.push(line),
      );
      await expect(functionProcess.invoke({})).rejects.toThrow('its process ended with exit code 0');
      await expect.poll(() => lines).toEqual(['one', 'two', 'three']);
    },
  );
});

describe('an invocation that fails', () => {
  it.each([
    ['throws', 'export const handler = async () => { throw new TypeError("broken"); };', 'TypeError: broken'],
    ['throws what is no error', 'export const handler = () => { throw "broken"; };', 'broken'],
    ['ends its process', 'export const handler = async () => process.exit(3);', 'its process ended with exit code 3'],
    [
      'is killed',
      'export const handler = async () => { process.kill(process.pid, "SIGKILL"); await new Promise(() => {}); };',
      'its process ended with SIGKILL',
    ],
    [
      'leaves a rejection unhandled',
      'export const handler = async () => { Promise.reject(new Error("lost")); await new Promise(() => {}); };',
      'its process ended with exit code 1',
    ],
    ['cannot be loaded', 'throw new Error("at load");', 'its process ended with exit code 1'],
    ['exports no handler', 'export const other = 1;', 'its process ended with exit code 1'],
    [
      'returns what is not JSON',
      'export const handler = async () => 1n;',
      'TypeError: Do not know how to serialize a BigInt',
    ],
  ])('rejects when the function %s', async (_what, source, message) => {
    const invoke = invoker(bundledFunction(source, { timeoutSeconds: 60 }));
    await expect(invoke({})).rejects.toThrow(new FunctionError(message));
  });

  it.each([
    ['never returns', 'export const handler = () => new Promise(() => {});', 'timed out after 0.2 seconds'],
    ['blocks', 'export const handler = () => { for (;;); };', 'timed out after 0.2 seconds'],
  ])('rejects when the function %s', async (_what, source, message) => {
    const invoke = invoker(bundledFunction(source, { timeoutSeconds: 0.2 }));
    await expect(invoke({})).rejects.toThrow(new FunctionError(message));
  });

  it.each([
    ['keeps the process of a function that threw', 'throw new Error("broken")', true, 60],
    ['replaces a process that ended', 'process.exit(1)', false, 60],
    ['replaces a process that took too long', 'await new Promise(() => {})', false, 2],
  ])('%s', async (_what, statement, isKept, timeoutSeconds) => {
    const invoke = invoker(
      bundledFunction(`export const handler = async (fails) => { if (fails) { ${statement}; } return process.pid; };`, {
        timeoutSeconds,
      }),
    );
    const pid = await invoke(false);
    await expect(invoke(true)).rejects.toThrow(FunctionError);
    expect((await invoke(false)) === pid).toBe(isKept);
  });

  it('does not start when there is no such Node.js', async () => {
    const lambda = bundledFunction('');
    const functionProcess = startFunctionProcess(lambda, '/nowhere/node', {});
    await expect(functionProcess.invoke({})).rejects.toThrow('ENOENT');
    expect(functionProcess.isAlive()).toBe(false);
  });
});

describe('the end of the run', () => {
  it('ends the processes, also one that blocks', async () => {
    const shutdown = createShutdown();
    const directory = temporaryDirectory();
    const source = `
      import { writeFileSync } from 'node:fs';
      export const handler = (path) => { writeFileSync(path, ''); for (;;); };`;
    const invoke = invoker(bundledFunction(source), shutdown);
    const begun = once(watch(directory), 'change');
    const invocation = expect(invoke(join(directory, 'begun'))).rejects.toThrow('its process ended with SIG');
    await begun;
    await shutdown.end();
    await invocation;
    await expect(invoke('')).rejects.toThrow('the local run is ending');
  });
});
