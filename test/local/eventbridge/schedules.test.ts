import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readSchedules, runSchedules } from '../../../local/eventbridge/schedules.ts';
import { createShutdown, type Shutdown } from '../../../local/process/shutdown.ts';
import { StartupError } from '../../../local/process/startup-error.ts';
import { stackOf } from '../queues/queue-stack.ts';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:S-Function';

let shutdown: Shutdown;

beforeEach(() => {
  shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
});

function schedulesOf(properties: object, target: object = {}) {
  const stack = stackOf({
    Function: { Type: 'AWS::Lambda::Function', Properties: {} },
    Role: { Type: 'AWS::IAM::Role', Properties: {} },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'rate(5 minutes)',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1 },
        Target: {
          Arn: { 'Fn::GetAtt': ['Function', 'Arn'] },
          RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          RetryPolicy: { MaximumRetryAttempts: 1 },
          ...target,
        },
        ...properties,
      },
    },
  });
  return readSchedules([stack]);
}

describe('a schedule', () => {
  it.each([
    ['rate(5 minutes)', 300],
    ['rate(1 minute)', 60],
    ['rate(1 hour)', 3600],
    ['rate(2 days)', 172_800],
  ])('invokes its function at a rate: %s', (ScheduleExpression, everySeconds) => {
    expect(schedulesOf({ ScheduleExpression })).toEqual([{ functionArn: FUNCTION_ARN, everySeconds, event: {} }]);
  });

  it('gives it its input', () => {
    expect(schedulesOf({}, { Input: '{"a":1}' })).toMatchObject([{ event: { a: 1 } }]);
  });

  it('that is disabled invokes nothing', () => {
    expect(schedulesOf({ State: 'DISABLED' })).toEqual([]);
  });

  it.each([
    ['cron(0 12 * * ? *)', { ScheduleExpression: 'cron(0 12 * * ? *)' }, /knows rates only, and not cron/],
    ['a property that is not known here', { StartDate: '2026-01-01' }, /StartDate: the local run does not know/],
  ])('is refused with %s', (_what, properties, message) => {
    expect(() => schedulesOf(properties)).toThrow(StartupError);
    expect(() => schedulesOf(properties)).toThrow(message);
  });
});

describe('the run of a schedule', () => {
  const schedule = { functionArn: FUNCTION_ARN, everySeconds: 0.05, event: { a: 1 } };

  it('invokes the function at once, and again and again, also after it has failed', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const invoke = vi.fn(async () => undefined).mockRejectedValueOnce(new Error('first'));
    runSchedules([schedule], new Map([[FUNCTION_ARN, invoke]]), shutdown);
    expect(invoke).toHaveBeenCalledWith({ a: 1 });
    await expect.poll(() => invoke.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect(written.mock.calls).toEqual([[`${FUNCTION_ARN}: Error: first\n`]]);
    written.mockRestore();
  });

  it('ends with the local run, without a word of what is under way', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const fails: ((error: Error) => void)[] = [];
    const invoke = vi.fn(() => new Promise<never>((_resolve, reject) => fails.push(reject)));
    runSchedules([{ ...schedule, everySeconds: 300 }], new Map([[FUNCTION_ARN, invoke]]), shutdown);
    const ended = shutdown.end();
    fails[0]?.(new Error('its process has ended'));
    await ended;
    expect(invoke).toHaveBeenCalledTimes(1);
    expect(written.mock.calls).toEqual([]);
    written.mockRestore();
  });
});
