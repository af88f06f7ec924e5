import { describe, expect, it } from 'vitest';
import type { LocalRun } from '../../local/local-run.ts';
import { readyJson, readyText } from '../../local/ready-message.ts';

const run: LocalRun = {
  endpoint: 'http://127.0.0.1:8080/backchannel-logout',
  dynamodb: 'http://127.0.0.1:8000',
  tables: { sessions: 'Sessions', jwksCache: 'JwksCache' },
  queues: {},
  eventBuses: {},
  region: 'us-east-1',
  relyingPartiesFile: '/relying-parties.json',
  relyingParties: [],
  failure: new Promise(() => undefined),
};
const eventBuses = { EndsEventBusName: 'http://127.0.0.1:9001/path/Ends' };
const queues = { DeferredLogoutsQueueUrl: 'http://127.0.0.1:9000/path/000000000000/Queue' };

describe('what npm start prints when it is ready', () => {
  it('has the queues that the template puts out', () => {
    expect(JSON.parse(readyJson({ ...run, queues }))).toMatchObject({ queues });
    expect(readyText({ ...run, queues })).toMatch(/^ {2}DeferredLogoutsQueueUrl http.*\/Queue\n {2}relying parties /m);
  });

  it('has the event buses that the template puts out, and how to watch their events', () => {
    expect(JSON.parse(readyJson({ ...run, eventBuses }))).toMatchObject({ eventBuses });
    const text = readyText({ ...run, eventBuses });
    expect(text).toMatch(/^ {2}EndsEventBusName {5}http.*\/Ends\n {2}relying parties /m);
    expect(text).toMatch(/^ +curl -N http:\/\/127\.0\.0\.1:9001\/path\/Ends$/m);
  });

  it('has no word of queues and event buses when there are none', () => {
    expect(JSON.parse(readyJson(run))).not.toHaveProperty('queues');
    expect(JSON.parse(readyJson(run))).not.toHaveProperty('eventBuses');
    expect(readyText(run)).not.toContain('curl -N');
    expect(readyText(run)).toMatch(/^ {2}JWKS cache table .*\n {2}relying parties /m);
  });
});
