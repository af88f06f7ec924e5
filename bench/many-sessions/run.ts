import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamodbClient } from '../../local/dynamodb/dynamodb-client.ts';
import { findEngine, startDynamodbEngine } from '../../local/dynamodb/dynamodb-engine.ts';
import { createTables, readTables } from '../../local/dynamodb/tables.ts';
import { createShutdown } from '../../local/process/shutdown.ts';
import { synthesize } from '../../local/template/synthesize.ts';
import { findOutput } from '../../local/template/template-resources.ts';
import { SessionStore, type SubjectScope } from '../../relying-party/sessions/index.ts';

/** Sessions of a subject. */
const SIZES = [1, 100, 1000, Number(process.env.SESSIONS ?? 10_000)];
/** Less than it takes: what is left then, a deferred logout ends. A request's function has 7 seconds. */
const BUDGET_MILLISECONDS = 2000;
const LOGINS_AT_ONCE = 50;

const shutdown = createShutdown();
const [stacks, engine] = await Promise.all([
  synthesize(fileURLToPath(new URL('../../relying-parties.json', import.meta.url)), shutdown),
  startDynamodbEngine(findEngine(), undefined, shutdown),
]);
const tableName = findOutput(stacks, 'SessionsTableName');
await createTables(dynamodbClient(engine.endpoint), readTables(stacks), () => undefined);
const client = DynamoDBDocumentClient.from(dynamodbClient(engine.endpoint));
const store = new SessionStore({ client, tableName });

const operations = new Map<string, number>();
client.middlewareStack.add(
  (next, context) => async (args) => {
    const name = String(context.commandName).replace(/Command$/, '');
    operations.set(name, (operations.get(name) ?? 0) + 1);
    return await next(args);
  },
  { name: 'count', step: 'initialize' },
);

const now = () => Math.floor(Date.now() / 1000);

async function signIn(count: number): Promise<SubjectScope> {
  const subject = { issuer: 'https://op.example.com', clientId: 'shop', sub: randomUUID() };
  let left = count;
  const worker = async () => {
    while (left-- > 0) {
      const login = { ...subject, sid: randomUUID(), idTokenIssuedAt: now() - 60, expiresAt: now() + 3600, data: {} };
      await store.create(login);
    }
  };
  await Promise.all(Array.from({ length: LOGINS_AT_ONCE }, worker));
  return subject;
}

/** Carries out a logout of the subject, and tells what it took. */
async function measured(subject: SubjectScope, signal?: AbortSignal): Promise<string> {
  operations.clear();
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const outcome = await store.endSessions(subject, now(), signal).then(
    ({ ended }) => `${ended} ended`,
    () => 'time spent',
  );
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const counts = [...operations].map(([name, count]) => `${count} ${name}`).join(', ');
  return `${outcome} | ${(milliseconds / 1000).toFixed(2)} | ${((user + system) / 1e6).toFixed(2)} | ${counts}`;
}

console.log('| sessions | outcome | s | s of CPU | operations |\n|---|---|---|---|---|');
for (const size of SIZES) {
  console.log(`| ${size} | ${await measured(await signIn(size))} |`);
}
const [most = 0] = SIZES.toReversed();
const subject = await signIn(most);
console.log(`| ${most}, at most 2 s | ${await measured(subject, AbortSignal.timeout(BUDGET_MILLISECONDS))} |`);
const { length: left } = await store.list(subject);
console.log(`| the ${left} left | ${await measured(subject)} |`);
console.log(`\n${(await store.list(subject)).length} left in the end`);
await shutdown.end();
