import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import { awsConfiguration } from '../../cli/aws/aws-options.ts';
import { type CliRun, runCli } from '../cli/cli-run.ts';
import { python } from '../python/environment.ts';

/** Where it is missing, the tests are skipped, but for CI, where they fail. */
export const hasMoto = process.env.CI !== undefined || isInstalled();

function isInstalled(): boolean {
  const isThere = spawnSync(python, ['-c', 'import moto.server, flask'], { stdio: 'ignore' }).status === 0;
  if (!isThere) {
    console.warn(
      `${python} has no moto: the tests against its AWS are skipped (npm run python installs it; TEST_PYTHON names another Python)`,
    );
  }
  return isThere;
}

export interface Moto {
  readonly endpoint: string;
  said(): string;
  stop(): Promise<void>;
}

export interface UsedMoto {
  /** From the first test on. */
  readonly endpoint: string;
  /** What moto's CloudFormation has said of templates so far. */
  readonly said: string;
  enforcePermissions(): Promise<void>;
}

/** Starts an empty AWS for the tests of a file. The environment leads the AWS SDK to it, while they run. */
export function useMoto(): UsedMoto {
  let moto: Moto;
  const lead = () => {
    for (const [name, value] of Object.entries({ AWS_ENDPOINT_URL: moto.endpoint, ...ENVIRONMENT })) {
      vi.stubEnv(name, value);
    }
  };
  beforeAll(async () => {
    moto = await startMoto();
    lead();
  });
  // What a test has changed must be gone for what is made ready for the next ones.
  afterEach(() => {
    vi.unstubAllEnvs();
    lead();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await moto.stop();
  });
  return {
    get endpoint() {
      return moto.endpoint;
    },
    get said() {
      return moto.said();
    },
    async enforcePermissions() {
      // After so many requests: https://docs.getmoto.org/en/latest/docs/iam.html
      await fetch(`${moto.endpoint}/moto-api/reset-auth`, { method: 'POST', body: '0' });
    },
  };
}

const ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'moto',
  AWS_SECRET_ACCESS_KEY: 'moto',
  // `npm run synth` has it; it takes seconds.
  CDK_VALIDATION: 'false',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

export const configuration = awsConfiguration({ region: ENVIRONMENT.AWS_REGION }, {});

/** Runs a command line as somebody whose environment is that of the tests. */
export async function run(...args: string[]): Promise<CliRun> {
  return await runCli(args, { environment: process.env });
}

async function startMoto(): Promise<Moto> {
  const script = fileURLToPath(new URL('moto_server.py', import.meta.url));
  const child = spawn(python, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const closed = once(child, 'close');
  const [port] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    closed.then(() => {
      throw new Error(`${python} ${script} has ended: has it moto[server]?`);
    }),
  ]);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    said: () => said,
    async stop() {
      child.kill();
      await closed;
    },
  };
}
