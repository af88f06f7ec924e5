import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createShutdown } from '../../local/process/shutdown.ts';
import { StartupError } from '../../local/process/startup-error.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { findResources } from '../../local/template/template-resources.ts';

const relyingParties = fileURLToPath(new URL('../../relying-parties.json', import.meta.url));

function synthesized(context: Record<string, unknown>) {
  const shutdown = createShutdown();
  onTestFinished(() => shutdown.end());
  return synthesize(relyingParties, shutdown, context);
}

// context.test.ts has every value; these are what the app makes of them. Each synthesizes.
it('the app takes from the context that session-ended events are on', async () => {
  expect(findResources(await synthesized({ sessionEndedEvents: 'true' }), 'AWS::Events::EventBus')).toHaveLength(1);
});

it('the app takes from the context that front-channel logout is on', async () => {
  const routes = findResources(await synthesized({ frontchannelLogout: 'true' }), 'AWS::ApiGatewayV2::Route');
  expect(routes.map(({ properties }) => properties.RouteKey)).toEqual([
    'ANY /backchannel-logout',
    'GET /frontchannel-logout',
  ]);
});

it.each<[string, Record<string, unknown>, RegExp]>([
  [
    'the sample, having said what goes in',
    { sampleRelyingParties: false },
    /^relying parties: \/.*\/relying-parties\.json\n {2}https:\/\/op\.example\.com client shop\n[^\n]* is an example [^\n]*\n$/,
  ],
])('the app refuses %s', async (_what, context, complaint) => {
  let complaints = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complaints += text;
    return true;
  });
  await expect(synthesized(context)).rejects.toThrow(StartupError);
  expect(complaints).toMatch(complaint);
});
