import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { confirmedPlace, NotConfirmedError } from './confirmation.ts';
import { withThrowawayStage } from './throwaway-stage.ts';

// `npm run test:aws`. An interrupt ends what is under way, and not the removal.
process.on('SIGINT', () => console.error('interrupted: what was deployed is being removed'));

try {
  const { account, region } = await confirmedPlace(process.env);
  console.log(`account ${account}, region ${region}`);
  await withThrowawayStage(runSuite);
} catch (error) {
  console.error(error instanceof NotConfirmedError ? error.message : error);
  process.exitCode = error instanceof NotConfirmedError ? 2 : 1;
}

async function runSuite(deployed: string): Promise<void> {
  const suite = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/account/vitest.config.ts'];
  const child = spawn(process.execPath, suite, { env: { ...process.env, DEPLOYED: deployed }, stdio: 'inherit' });
  const [exitCode]: unknown[] = await once(child, 'close');
  if (exitCode !== 0) {
    throw new Error(`the suite has ended with ${exitCode}`);
  }
}
