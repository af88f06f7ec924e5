import { describe, expect, it } from 'vitest';
import type { LocalRun } from '../../local/local-run.ts';
import { readyJson, readyText } from '../../local/ready-message.ts';

const run: LocalRun = {
  endpoint: 'http://127.0.0.1:8080/backchannel-logout',
  dynamodb: 'http://127.0.0.1:8000',
  tables: { sessions: 'Sessions', jwksCache: 'JwksCache' },
  queues: {},
  region: 'us-east-1',
  relyingPartiesFile: '/relying-parties.json',
  relyingParties: [],
  failure: new Promise(() => undefined),
};
const queues = { DeferredLogoutsQueueUrl: 'http://127.0.0.1:9000/path/000000000000/Queue' };

describe('what npm start prints when it is ready', () => {
  it('has the queues that the template puts out', () => {
    expect(JSON.parse(readyJson({ ...run, queues }))).toMatchObject({ queues });
    expect(readyText({ ...run, queues })).toMatch(/^ {2}DeferredLogoutsQueueUrl http.*\/Queue\n {2}relying parties /m);
  });

  it('has no word of queues when there are none', () => {
    expect(JSON.parse(readyJson(run))).not.toHaveProperty('queues');
    expect(readyText(run)).toMatch(/^ {2}JWKS cache table .*\n {2}relying parties /m);
  });
});
