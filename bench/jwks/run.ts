import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from '../../local/dynamodb/tables.ts';
import { createShutdown } from '../../local/process/shutdown.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { findOutput } from '../../local/template/template-resources.ts';
import { startIssuer, type TestIssuer } from '../../test/issuer.ts';
import type { Contestant } from './contestant.ts';
import { awsJwtVerify, jose, ours } from './contestants.ts';
import {
  coldOutage,
  coldStart,
  day,
  flood,
  type Outcomes,
  outage,
  rotation,
  type Stage,
  withdrawal,
} from './scenarios.ts';

/** Random key ids a second in the flood. */
const KIDS_PER_SECOND = Number(process.env.KIDS_PER_SECOND ?? 10_000);

// It stands still until it is told: figures must not depend on how fast this machine is.
let now = Date.now();
Date.now = () => now;
AbortSignal.timeout = () => new AbortController().signal;
const clock = {
  advance(seconds: number) {
    now += seconds * 1000;
  },
};

const shutdown = createShutdown();
const [stacks, engine] = await Promise.all([
  synthesize(fileURLToPath(new URL('../../relying-parties.json', import.meta.url)), shutdown),
  startDynamodbEngine(findEngine(), undefined, shutdown),
]);
const client = dynamodbClient(engine.endpoint);
const documentClient = DynamoDBDocumentClient.from(client);
const definition = readTables(stacks).find(({ TableName }) => TableName === findOutput(stacks, 'JwksCacheTableName'));

async function newTable() {
  if (!definition) {
    throw new Error('the template has no JWKS cache table');
  }
  const tableName = `jwksCache-${randomUUID()}`;
  await createTables(client, [{ ...definition, TableName: tableName }], () => undefined);
  return { client: documentClient, tableName };
}

const contestants: [string, (op: TestIssuer) => Promise<Contestant>][] = [
  ['logout-receiver', async (op) => ours(op, await newTable())],
  ['jose', async (op) => jose(op)],
  ['aws-jwt-verify', async (op) => awsJwtVerify(op)],
];

const percent = (outcomes: Outcomes, outcome: keyof Outcomes) =>
  `${Math.round((1000 * outcomes[outcome]) / Object.values(outcomes).reduce((sum, count) => sum + count, 0)) / 10} %`;

const told = (outcomes: Outcomes) =>
  Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ');

const rows: [string, (stage: Stage) => Promise<string[]>, string[]][] = [
  [
    'cold start of 50 instances at once',
    async (stage) => {
      const { fetches, outcomes } = await coldStart(stage);
      return [`${fetches}`, percent(outcomes, 'verified')];
    },
    ['fetches', 'verified'],
  ],
  [
    'a day with a logout every five minutes on each instance, the issuer says nothing of caching',
    async (stage) => {
      const { fetches, outcomes } = await day(stage, 5);
      return [`${fetches}`, percent(outcomes, 'verified')];
    },
    ['fetches', 'verified'],
  ],
  [
    'the same, `max-age=3600`',
    async (stage) => {
      stage.op.headers = { 'cache-control': 'max-age=3600' };
      const { fetches, outcomes } = await day(stage, 5);
      return [`${fetches}`, percent(outcomes, 'verified')];
    },
    ['fetches', 'verified'],
  ],
  [
    `${KIDS_PER_SECOND} random kids a second, and a rotation at the worst moment`,
    async (stage) => {
      const start = process.cpuUsage();
      const { fetches, secondsToKnowAll, good, goodAtLast, madeUp } = await flood(stage, KIDS_PER_SECOND);
      const { user, system } = process.cpuUsage(start);
      const total = Object.values(madeUp).reduce((sum, count) => sum + count, 0);
      return [
        `${fetches}`,
        secondsToKnowAll === undefined ? 'never' : `${secondsToKnowAll} s`,
        told(good),
        told(goodAtLast),
        told(madeUp),
        `${Math.round((user + system) / total)} us`,
      ];
    },
    [
      'fetches in 60 s',
      'all instances know the new key after',
      'good logouts until then, at first',
      'and at last',
      'made-up ones',
      'CPU of all, per made-up one',
    ],
  ],
  [
    'a rotation just after the scheduled fetch, and no random kids',
    async (stage) => {
      const { secondsToKnowAll, good, goodAtLast } = await rotation(stage);
      return [secondsToKnowAll === undefined ? 'never in 60 s' : `${secondsToKnowAll} s`, told(good), told(goodAtLast)];
    },
    ['all instances know the new key after', 'good logouts until then, at first', 'and at last'],
  ],
  [
    'the issuer fails for 23 hours',
    async (stage) => {
      const { fetches, warm, cold } = await outage(stage, 23);
      return [`${fetches}`, percent(warm, 'verified'), percent(cold, 'verified')];
    },
    ['tries to fetch', 'verified', 'verified by instances that start meanwhile'],
  ],
  [
    'the issuer fails for 25 hours: in the last one',
    async (stage) => [told((await outage(stage, 25)).lastHour)],
    ['logouts with a key that was known'],
  ],
  [
    'the issuer fails from the start, 50 instances with a logout a second each, for a minute',
    async (stage) => {
      const { fetches, outcomes } = await coldOutage(stage);
      return [`${fetches}`, told(outcomes)];
    },
    ['tries to fetch', 'logouts'],
  ],
  [
    'a key is withdrawn',
    async (stage) => {
      const { seconds } = await withdrawal(stage);
      return [Number.isFinite(seconds) ? `${seconds} s` : 'never'];
    },
    ['the last instance refuses it after'],
  ],
];

process.stdout.write(
  `| | | ${contestants.map(([name]) => name).join(' | ')} |\n|---|---|${'---|'.repeat(contestants.length)}\n`,
);
for (const [title, run, figures] of rows) {
  const columns: string[][] = [];
  for (const [, make] of contestants) {
    const op = await startIssuer('ES256');
    columns.push(await run({ contestant: await make(op), op, clock }));
    await op.stop();
  }
  for (const [index, figure] of figures.entries()) {
    const cells = columns.map((column) => column[index]);
    process.stdout.write(`| ${index === 0 ? title : ''} | ${figure} | ${cells.join(' | ')} |\n`);
  }
}
client.destroy();
await shutdown.end();
process.exit();
