import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { countByReason, Metrics, MetricUnit, publishMetric } from '../../../functions/runtime/metrics.ts';

const NOW = new Date('2026-11-27T12:00:00.500Z');
const METRICS = { Namespace: 'Test', Dimensions: [['service']] };

let written: string[] = [];
const lines = () => written.map((line): unknown => JSON.parse(line));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Test');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'test-logout-receiver');
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

it('what an invocation has counted is one line of the embedded metric format', () => {
  const metrics = new Metrics();
  metrics.addMetric('LogoutAccepted', MetricUnit.Count, 1);
  metrics.addMetric('LogoutDuration', MetricUnit.Milliseconds, 12);
  metrics.addMetric('LogoutDuration', MetricUnit.Milliseconds, 0);
  metrics.publish();
  expect(lines()).toEqual([
    {
      _aws: {
        Timestamp: NOW.getTime(),
        CloudWatchMetrics: [
          {
            ...METRICS,
            Metrics: [
              { Name: 'LogoutAccepted', Unit: 'Count' },
              { Name: 'LogoutDuration', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      service: 'test-logout-receiver',
      LogoutAccepted: 1,
      LogoutDuration: [12, 0],
    },
  ]);
  expect(written.join('').endsWith('}\n')).toBe(true);
});

it('nothing is written where nothing was counted since the last time', () => {
  const metrics = new Metrics();
  metrics.publish();
  metrics.addMetric('SessionsEnded', MetricUnit.Count, 1);
  metrics.publish();
  metrics.publish();
  expect(written).toHaveLength(1);
});

it('of one metric no more than 100 values stand in a line, which is all that CloudWatch takes', () => {
  const metrics = new Metrics();
  for (let value = 1; value <= 250; value++) {
    metrics.addMetric('SessionsEnded', MetricUnit.Count, value);
  }
  metrics.publish();
  const values = lines().flatMap((line): unknown => Object(line).SessionsEnded);
  expect(lines().map((line) => Object(line).SessionsEnded.length)).toEqual([100, 100, 50]);
  expect(values).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
});

it('a metric can be published by itself', () => {
  publishMetric('JwksAgeInIntervals', MetricUnit.NoUnit, 0.5);
  expect(lines()).toMatchObject([
    {
      _aws: { CloudWatchMetrics: [{ ...METRICS, Metrics: [{ Name: 'JwksAgeInIntervals', Unit: 'None' }] }] },
      JwksAgeInIntervals: 0.5,
    },
  ]);
});

it('what has a reason counts once for its reason, and once for all reasons together', () => {
  countByReason('LogoutFailed', 'store_unavailable');
  countByReason('LogoutFailed', 'internal_error');
  expect(lines()).toMatchObject(
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
