import { describe, expect, it } from 'vitest';
import type { LocalRun } from '../../local/local-run.ts';
import { readyJson, readyText } from '../../local/ready-message.ts';
import { stageAddresses } from '../../local/stage/addresses.ts';

const run: LocalRun = {
  endpoint: 'http://127.0.0.1:8080/backchannel-logout',
  frontchannelEndpoint: undefined,
  dynamodb: 'http://127.0.0.1:8000',
  tables: { sessions: 'Sessions', jwksCache: 'JwksCache' },
  queues: {},
  eventBuses: {},
  region: 'us-east-1',
  page: undefined,
  envFile: undefined,
  relyingPartiesFile: '/relying-parties.json',
  relyingParties: [],
  useRelyingParties: () => [],
  failure: new Promise(() => undefined),
};
const eventBuses = { EndsEventBusName: 'http://127.0.0.1:9001/path/Ends' };
const queues = { DeferredLogoutsQueueUrl: 'http://127.0.0.1:9000/path/000000000000/Queue' };

describe('what npm start prints when it is ready', () => {
  it('has the endpoint of front-channel logout where it is turned on', () => {
    const frontchannelEndpoint = 'http://127.0.0.1:8080/frontchannel-logout';
    expect(JSON.parse(readyJson({ ...run, frontchannelEndpoint }))).toMatchObject({ frontchannelEndpoint });
    expect(readyText({ ...run, frontchannelEndpoint })).toMatch(
      /^ {2}front-channel logout {2,}http.*\/frontchannel-logout$/m,
    );
    expect(readyJson(run) + readyText(run)).not.toContain('front');
  });

  it('has the queues that the template puts out', () => {
    expect(JSON.parse(readyJson({ ...run, queues }))).toMatchObject({ queues });
    expect(readyText({ ...run, queues })).toMatch(
      /^ {2}DeferredLogoutsQueueUrl {2}http.*\/Queue\n {2}relying parties /m,
    );
  });

  it('has the event buses that the template puts out, and how to watch their events', () => {
    expect(JSON.parse(readyJson({ ...run, eventBuses }))).toMatchObject({ eventBuses });
    const text = readyText({ ...run, eventBuses });
    expect(text).toMatch(/^ {2}EndsEventBusName {5}http.*\/Ends\n {2}relying parties /m);
    expect(text).toMatch(/^ +curl -N http:\/\/127\.0\.0\.1:9001\/path\/Ends$/m);
  });

  it('has exports that are enough for boto3, the AWS CLI and the SDK for JavaScript, and the file that has them too', () => {
    const text = readyText({ ...run, envFile: '/app/.env' });
    for (const line of [
      'AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000',
      'AWS_REGION=us-east-1',
      'AWS_DEFAULT_REGION=us-east-1',
      'AWS_ACCESS_KEY_ID=local',
      'AWS_SECRET_ACCESS_KEY=local',
      'SESSIONS_TABLE_NAME=Sessions',
    ]) {
      expect(text).toMatch(new RegExp(`^ +export ${line}$`, 'm'));
    }
    expect(text).toContain('/app/.env');
  });

  it('has one address to open where the sample runs, and how to run without it', () => {
    const stage = stageAddresses(8081, { op: 8082, shop: 8083, mail: 8084 });
    expect(JSON.parse(readyJson({ ...run, stage }))).toMatchObject({ stage });
    const text = readyText({ ...run, stage });
    expect(text.match(/^ {5}\S+$/gm)).toEqual(['     http://logout.localhost:8081']);
    expect(text).toContain('--relying-parties FILE');
  });

  it('has values in one column', () => {
    const columns = readyText({ ...run, queues, eventBuses }).match(/^ {2}\w.*?(?=\S+$)/gm) ?? [];
    expect(columns.length).toBe(7);
    expect(new Set(columns.map(({ length }) => length)).size).toBe(1);
  });

  it('has the page that shows what happens, where there is one', () => {
    const page = 'http://logout.localhost:8081';
    expect(JSON.parse(readyJson({ ...run, page }))).toMatchObject({ page });
    expect(readyText({ ...run, page })).toMatch(/^ {2}page +http:\/\/logout\.localhost:8081\n/m);
    expect(JSON.parse(readyJson(run))).not.toHaveProperty('page');
    expect(readyText(run)).not.toMatch(/^ {2}page /m);
  });

  it('has no word of queues and event buses when there are none', () => {
    expect(JSON.parse(readyJson(run))).not.toHaveProperty('queues');
    expect(JSON.parse(readyJson(run))).not.toHaveProperty('eventBuses');
    expect(readyText(run)).not.toContain('curl -N');
    expect(readyText(run)).toMatch(/^ {2}JWKS cache table .*\n {2}relying parties /m);
  });
});
