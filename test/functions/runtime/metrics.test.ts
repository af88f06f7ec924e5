import { expect, it, vi } from 'vitest';

it('what has a reason counts once for its reason, and once for all reasons together', async () => {
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Test');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'test-logout-receiver');
  // It reads the environment when it counts first.
  vi.resetModules();
  const { countByReason } = await import('../../../functions/runtime/metrics.ts');
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  countByReason('LogoutFailed', 'store_unavailable');
  countByReason('LogoutFailed', 'internal_error');
  spy.mockRestore();
  const lines = written.map((line): unknown => JSON.parse(line));
  expect(lines).toMatchObject(
    ['store_unavailable', 'internal_error'].map((Reason) => ({
      ...{ service: 'test-logout-receiver', Reason, LogoutFailed: 1 },
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Test',
            Dimensions: [['service', 'Reason'], ['service']],
            Metrics: [{ Name: 'LogoutFailed', Unit: 'Count' }],
          },
        ],
      },
    })),
  );
});
