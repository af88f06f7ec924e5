import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { buildFunctionBundles } from '../../build/function-bundles.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import { readJsonFile } from './checked-json.ts';
import { readCloudAssembly, type Stack } from './cloud-assembly.ts';
import { keptAssembly } from './kept-assemblies.ts';

const CdkConfiguration = z.object({ app: z.string(), context: z._default(z.record(z.string(), z.unknown()), {}) });

const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Bundles the functions and synthesizes the CDK app of this project; what has not changed since an earlier run is taken
 * from there.
 *
 * It runs the `app` command of cdk.json as the CDK CLI would; the CLI itself takes seconds more.
 *
 * @param relyingPartiesFile absolute path, handed to the app as the context value `relyingParties`
 * @param further context values
 * @throws StartupError where the app fails; what it printed is then on stderr
 */
export async function synthesize(
  relyingPartiesFile: string,
  shutdown: Shutdown,
  further: Readonly<Record<string, unknown>> = {},
): Promise<Stack[]> {
  const bundles = await buildFunctionBundles();
  const { app, context } = readJsonFile(CdkConfiguration, join(projectDirectory, 'cdk.json'));
  const given = {
    ...context,
    // Nothing is deployed: examples do no harm.
    sampleRelyingParties: true,
    // There is no AppConfig here: the functions have the file, which is live too.
    ...{ relyingPartiesInAppConfig: false, secretIds: undefined },
    ...further,
    relyingParties: relyingPartiesFile,
  };
  const synthesizeInto = (directory: string) => runApp(app, given, directory, shutdown);
  const directory = await keptAssembly(projectDirectory, bundles, given, synthesizeInto, shutdown);
  return readCloudAssembly(directory);
}

async function runApp(app: string, context: object, outputDirectory: string, shutdown: Shutdown): Promise<void> {
  const child = spawn(app, {
    cwd: projectDirectory,
    // The command starts further processes; in a group of their own they can be ended together.
    detached: true,
    env: {
      ...process.env,
      // `node` is the one that runs this.
      PATH: [dirname(process.execPath), join(projectDirectory, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      CDK_OUTDIR: outputDirectory,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_VALIDATION: 'false',
      CDK_DISABLE_CLI_TELEMETRY: '1',
    },
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  shutdown.onEnd(async () => {
    killGroup(child);
    await closed;
  });

  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  await closed;
  if (child.exitCode !== 0) {
    if (child.signalCode === null && !shutdown.hasBegun) {
      process.stderr.write(Buffer.concat(output));
    }
    throw new StartupError(
      `the CDK app cannot be synthesized: \`${app}\` ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`,
    );
  }
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) {
    process.kill(-pid, 'SIGKILL');
  }
}
