import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const cli = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');
const projectDirectory = fileURLToPath(new URL('..', import.meta.url));

/** Said of the account, and of itself, to nobody. */
const QUIET = { NO_COLOR: '1', CDK_DISABLE_CLI_TELEMETRY: '1', AWS_EC2_METADATA_DISABLED: 'true' };

export interface CdkRun {
  readonly exitCode: number;
  /** What it says, on stdout and stderr. */
  readonly output: string;
}

/** Runs the CDK's command line in the project's directory, as a person there would, with the environment of this process. */
export async function cdk(...args: string[]): Promise<CdkRun> {
  return await cdkIn(projectDirectory, ...args);
}

/** The same in another directory, where there may be no app. */
export async function cdkIn(directory: string, ...args: string[]): Promise<CdkRun> {
  const child = spawn(process.execPath, [cli, ...args, '--ci', '--no-notices'], {
    cwd: directory,
    env: { ...process.env, ...QUIET },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [exitCode]: unknown[] = await once(child, 'close');
  return { exitCode: Number(exitCode), output };
}
