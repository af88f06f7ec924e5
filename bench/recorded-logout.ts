import type { Shutdown } from '../local/process/shutdown.ts';
import { startCannedDynamodb } from './canned-dynamodb.ts';
import type { Contestant } from './contestants.ts';
import { type BenchDeployment, PARTY } from './deployment.ts';
import { BenchError } from './measured-parts.ts';
import { type RuntimeProcess, startRuntimeProcess } from './runtime/runtime-process.ts';

/** A function that ends one session again and again: its DynamoDB answers as it did the first time. */
export interface RecordedLogout extends Contestant {
  /** Address of that DynamoDB. */
  readonly dynamodb: string;
  /** Of DynamoDB, by a logout in a warm process. */
  readonly calls: number;
  /** Starts a process that has loaded the function, and handled nothing. */
  start(): Promise<RuntimeProcess>;
  /** An event with a new token. */
  event(): Promise<object>;
}

/**
 * Has a function end a session in the embedded DynamoDB, and keeps the answers.
 *
 * @param contestant the receiver, and the function by hand, end the session
 * @throws BenchError where it does not
 */
export async function recordLogout(
  contestant: Contestant,
  deployment: BenchDeployment,
  runtimeClient: string,
  shutdown: Shutdown,
): Promise<RecordedLogout> {
  const canned = await startCannedDynamodb(deployment.endpoint, shutdown);
  const sub = `ended by ${contestant.name}`;
  const sid = await deployment.signIn(sub);
  const event = async () => deployment.event(await deployment.logoutToken({ sid }));
  const environment = contestant.environment(canned.endpoint);
  const start = () => startRuntimeProcess(deployment.node, runtimeClient, environment, shutdown);

  const process = await start();
  await canned.record(async () => process.invoke(await event()));
  const callsBefore = canned.calls;
  await process.invoke(await event());
  const calls = canned.calls - callsBefore;
  await process.end();
  const isLeft = (await deployment.store.list({ ...PARTY, sub })).length > 0;
  if (isLeft !== ['empty', 'two connections'].includes(contestant.name)) {
    throw new BenchError(`the session to be ${sub} is ${isLeft ? 'still there' : 'gone'}`);
  }
  return { ...contestant, dynamodb: canned.endpoint, calls, start, event };
}
