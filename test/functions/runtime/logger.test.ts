import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lambdaContext } from '../../lambda-context.ts';

let written: string[] = [];

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-27T12:00:00.500Z') });
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'test-logout-receiver');
  vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'on-demand');
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

/** As a function instance has it when it starts. */
async function newLogger() {
  const { logger } = await import('../../../functions/runtime/log.ts');
  return logger;
}

const INVOCATION = {
  function_arn: 'arn',
  function_memory_size: '512',
  function_name: 'f',
  function_request_id: 'r',
};

describe('a log line', () => {
  it('says what happened, when, where, and in which invocation', async () => {
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1');
    const logger = await newLogger();
    logger.addContext(lambdaContext);
    logger.info('logout_accepted', { scope: 'sid', sessionsEnded: 0, nothing: undefined });
    expect(written).toEqual([
      `${JSON.stringify({
        level: 'INFO',
        message: 'logout_accepted',
        timestamp: '2026-11-27T12:00:00.500Z',
        service: 'test-logout-receiver',
        cold_start: true,
        ...INVOCATION,
        xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793',
        scope: 'sid',
        sessionsEnded: 0,
      })}\n`,
    ]);
  });

  it('of an instance that has not been invoked yet, or that is not traced, says less', async () => {
    const logger = await newLogger();
    logger.warn('relying_parties_unreadable');
    expect(written.map((line): unknown => JSON.parse(line))).toEqual([
      {
        level: 'WARN',
        message: 'relying_parties_unreadable',
        timestamp: '2026-11-27T12:00:00.500Z',
        service: 'test-logout-receiver',
      },
    ]);
  });

  it.each([
    ['on-demand', [true, true, false]],
    ['provisioned-concurrency', [false, false, false]],
  ])('is of a cold start in the first invocation of an instance that was started %s', async (type, coldStarts) => {
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', type);
    const logger = await newLogger();
    logger.addContext(lambdaContext);
    logger.info('first');
    logger.error('second');
    logger.addContext(lambdaContext);
    logger.info('third');
    expect(written.map((line): unknown => JSON.parse(line).cold_start)).toEqual(coldStarts);
  });

  it.each([
    [undefined, ['INFO', 'WARN', 'ERROR']],
    ['DEBUG', ['INFO', 'WARN', 'ERROR']],
    ['WARN', ['WARN', 'ERROR']],
    ['FATAL', []],
  ])('is written where the function is set to the level %s, or left out', async (level, levels) => {
    vi.stubEnv('AWS_LAMBDA_LOG_LEVEL', level);
    const logger = await newLogger();
    logger.info('a');
    logger.warn('b');
    logger.error('c');
    expect(written.map((line): unknown => JSON.parse(line).level)).toEqual(levels);
  });
});
