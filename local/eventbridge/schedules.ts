import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { Invoke } from '../functions/function-processes.ts';
import type { Shutdown } from '../process/shutdown.ts';
import { StartupError } from '../process/startup-error.ts';
import type { Stack } from '../template/cloud-assembly.ts';
import { findResources, readKnownProperties } from '../template/template-resources.ts';
import { nameOf } from '../template/template-values.ts';

const IGNORED_PROPERTIES = ['Description', 'GroupName', 'Name', 'ScheduleExpressionTimezone'];
const SECONDS = { minute: 60, hour: 3600, day: 86_400 };

const ScheduleProperties = z.object({
  ScheduleExpression: z.string(),
  State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
  FlexibleTimeWindow: z.strictObject({ Mode: z.string(), MaximumWindowInMinutes: z.optional(z.number()) }),
  Target: z.strictObject({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z._default(z.string(), '{}'),
    RetryPolicy: z.optional(z.unknown()),
  }),
});

/** That a function is invoked again and again. */
export interface Schedule {
  readonly functionArn: string;
  readonly everySeconds: number;
  /** Of each invocation. */
  readonly event: unknown;
}

/**
 * The schedules of the templates that are enabled.
 *
 * @throws StartupError where one takes more than the local run knows
 */
export function readSchedules(stacks: readonly Stack[]): Schedule[] {
  return findResources(stacks, 'AWS::Scheduler::Schedule').flatMap((resource) => {
    const { ScheduleExpression, State, Target } = readKnownProperties(ScheduleProperties, IGNORED_PROPERTIES, resource);
    const everySeconds = secondsOf(ScheduleExpression);
    if (everySeconds === undefined) {
      const place = `${nameOf(resource.place)}.ScheduleExpression`;
      throw new StartupError(`${place}: the local run knows rates only, and not ${ScheduleExpression}`);
    }
    return State === 'ENABLED' ? [{ functionArn: Target.Arn, everySeconds, event: JSON.parse(Target.Input) }] : [];
  });
}

/** Invokes the functions of the schedules, for the first time at once. What fails is done again when its time comes. */
export function runSchedules(
  schedules: readonly Schedule[],
  functions: ReadonlyMap<string, Invoke>,
  shutdown: Shutdown,
): void {
  const ending = new AbortController();
  const running = schedules.map((schedule) => run(schedule, functions, ending.signal));
  shutdown.onEnd(async () => {
    ending.abort();
    await Promise.all(running);
  });
}

async function run(
  { functionArn, everySeconds, event }: Schedule,
  functions: ReadonlyMap<string, Invoke>,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted) {
    const begin = performance.now();
    try {
      await functions.get(functionArn)?.(event);
    } catch (error) {
      if (!ending.aborted) {
        process.stderr.write(`${functionArn}: ${String(error)}\n`);
      }
    }
    const rest = Math.max(0, everySeconds * 1000 - (performance.now() - begin));
    await delay(rest, undefined, { signal: ending, ref: false }).catch(() => undefined);
  }
}

function secondsOf(expression: string): number | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return unit === 'minute' || unit === 'hour' || unit === 'day' ? Number(count) * SECONDS[unit] : undefined;
}
