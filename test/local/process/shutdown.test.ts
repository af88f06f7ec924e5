import { describe, expect, it } from 'vitest';
import { createShutdown } from '../../../local/process/shutdown.ts';

describe('the end of the local run', () => {
  it('ends everything at the same time, once, also when one end fails', async () => {
    const shutdown = createShutdown();
    const log: string[] = [];
    shutdown.onEnd(async () => {
      log.push('begin');
      await Promise.resolve();
      log.push('end');
    });
    shutdown.onEnd(() => Promise.reject(new Error('cannot be ended')));
    shutdown.onEnd(async () => void log.push('other'));
    await Promise.all([shutdown.end(), shutdown.end()]);
    expect(log).toEqual(['begin', 'other', 'end']);
  });

  it('ends at once, and waits for, what is started after it has begun', async () => {
    const shutdown = createShutdown();
    const log: string[] = [];
    shutdown.onEnd(async () => {
      await Promise.resolve();
      shutdown.onEnd(async () => {
        log.push('late begin');
        await Promise.resolve();
        log.push('late end');
      });
    });
    await shutdown.end();
    expect(log).toEqual(['late begin', 'late end']);
  });
});
