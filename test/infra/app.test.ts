import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createShutdown } from '../../local/shutdown.ts';
import { StartupError } from '../../local/startup-error.ts';
import { synthesize } from '../../local/synthesize.ts';
import { findResources } from '../../local/template-resources.ts';

const relyingParties = fileURLToPath(new URL('../../relying-parties.json', import.meta.url));

function synthesized(sessionEndedEvents: unknown) {
  const shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
  // Bundling takes seconds, and is the same with every context.
  return synthesize(relyingParties, shutdown, { sessionEndedEvents, 'aws:cdk:bundling-stacks': [] });
}

it.each([
  ['true', 1],
  ['false', 0],
])(
  'the app takes from the context whether session-ended events are on, from the command line too: %j',
  async (value, count) => {
    expect(findResources(await synthesized(value), 'AWS::Events::EventBus')).toHaveLength(count);
  },
);

it('the app refuses a context value that is neither on nor off, in one line', async () => {
  let complaints = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaints += text;
    return true;
  });
  await expect(synthesized('yes')).rejects.toThrow(StartupError);
  expect(complaints).toBe('context sessionEndedEvents: yes: allowed is true or false\n');
});
