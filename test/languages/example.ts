import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';

const Answer = z.object({ outcome: z.unknown(), id: z.optional(z.string()) });

/** The driver of an example, which runs and does one operation after the other. */
export interface Example {
  perform(request: object): Promise<z.infer<typeof Answer>>;
  stop(): Promise<void>;
}

const folder = (language: string) => fileURLToPath(new URL(`../../examples/${language}`, import.meta.url));

/** Command lines by language. */
const COMMANDS: Readonly<Record<string, () => readonly [string, ...string[]]>> = {
  Python: () => {
    // Debian's package is for Debian's Python, which need not be the first one.
    const python = ['python3', '/usr/bin/python3'].find(hasBoto3);
    if (!python) {
      throw new Error('boto3 is missing: apt-get install python3-boto3');
    }
    return [python, join(folder('python'), 'driver.py')];
  },
  Go: () => {
    const program = join(mkdtempSync(join(tmpdir(), 'go-example-')), 'driver');
    // Debian has the SDK's sources, without modules; elsewhere go.mod says which release, and Go fetches it.
    const debian = '/usr/share/gocode';
    const hasSources = existsSync(join(debian, 'src/github.com/aws/aws-sdk-go-v2'));
    execFileSync('go', ['build', '-o', program, '.'], {
      cwd: folder('go'),
      env: { ...process.env, ...(hasSources && { GO111MODULE: 'off', GOPATH: debian }) },
    });
    return [program];
  },
};

export const LANGUAGES = Object.keys(COMMANDS);

const drivers = new Map<string, readonly [string, ...string[]]>();

/** Command line of an example's driver, which is built with the first call. */
export function driverOf(language: string): readonly [string, ...string[]] {
  const driver = drivers.get(language) ?? COMMANDS[language]?.();
  if (!driver) {
    throw new Error(`there is no example in ${language}`);
  }
  drivers.set(language, driver);
  return driver;
}

function hasBoto3(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import boto3'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts the driver of an example at a DynamoDB. */
export function startExample([file, ...args]: readonly [string, ...string[]], dynamodbEndpoint: string): Example {
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DYNAMODB_ENDPOINT: dynamodbEndpoint,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
    },
  });
  const exited = once(child, 'exit');
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const lines = createInterface(child.stdout);
  return {
    async perform(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = once(lines, 'line').then(([text]) => String(text));
      const ended = exited.then(() => {
        throw new Error(`the example ended: ${log}`);
      });
      return Answer.parse(JSON.parse(await Promise.race([line, ended])));
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
