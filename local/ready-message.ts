import { applicationEnvironment } from './application-environment.ts';
import type { LocalRun } from './local-run.ts';
import type { StageAddresses } from './stage/addresses.ts';

/** A run, and where its sample is, if it has one. */
export type ReadyRun = LocalRun & { readonly stage?: StageAddresses };

/** What `npm start -- --json` prints once everything runs, in one line. */
export function readyJson(run: ReadyRun): string {
  const { endpoint, frontchannelEndpoint, dynamodb, tables, queues, eventBuses, region, page, stage } = run;
  const urls = { ...(isFilled(queues) && { queues }), ...(isFilled(eventBuses) && { eventBuses }) };
  return `${JSON.stringify({ endpoint, frontchannelEndpoint, dynamodb, tables, ...urls, region, page, stage })}\n`;
}

/** What `npm start` prints once everything runs: what it serves, and what to do next. */
export function readyText(run: ReadyRun): string {
  return run.stage ? sampleText(run.stage, run) : receiverText(run);
}

/** The one thing to do next; what else runs is for those who look further. */
function sampleText({ page }: StageAddresses, { endpoint, dynamodb, tables }: LocalRun): string {
  return `
logout-receiver runs, with an OP and two applications to try it with. Open

     ${page}

${aligned([
  ['back-channel logout', endpoint],
  ['DynamoDB', dynamodb],
  ['sessions table', tables.sessions],
])}
Without the sample, for your own OP and applications: npm start -- --relying-parties FILE

Ctrl-C ends it.
`;
}

function receiverText(run: LocalRun): string {
  const { endpoint, frontchannelEndpoint, dynamodb, tables, queues, eventBuses } = run;
  const { relyingParties, relyingPartiesFile, envFile, page } = run;
  const parties = relyingParties.map(({ issuer, clientId }): Line => ['', `${issuer} client ${clientId}`]);
  return `
logout-receiver runs, from the synthesized template.

${aligned([
  ['back-channel logout', endpoint],
  ...(frontchannelEndpoint === undefined ? [] : [['front-channel logout', frontchannelEndpoint] as const]),
  ...(page === undefined ? [] : [['page', page] as const]),
  ['DynamoDB', dynamodb],
  ['sessions table', tables.sessions],
  ['JWKS cache table', tables.jwksCache],
  ...Object.entries(queues),
  ...Object.entries(eventBuses),
  ['relying parties', relyingPartiesFile],
  ...parties,
])}
Next:
1. Register the endpoint at the OP, as backchannel_logout_uri of each client.
2. Give your application's session store the same tables${envFile === undefined ? '' : `: ${envFile} has this too`}:

${exportLines(run)}
3. See it refuse a token that no OP signed: 400, and JSON that says why.

     curl -i ${endpoint} -d logout_token=made-up
${eventsStep(eventBuses)}
Ctrl-C ends it.
`;
}

type Line = readonly [name: string, value: string];

function aligned(lines: readonly Line[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('');
}

function exportLines(run: LocalRun): string {
  return Object.entries(applicationEnvironment(run))
    .map(([name, value]) => `     export ${name}=${value}\n`)
    .join('');
}

function eventsStep(eventBuses: LocalRun['eventBuses']): string {
  return Object.values(eventBuses)
    .map((url) => `\n4. Watch the events of an event bus, a line of JSON each.\n\n     curl -N ${url}\n`)
    .join('');
}

function isFilled(urls: LocalRun['queues'] | LocalRun['eventBuses']): boolean {
  return Object.keys(urls).length > 0;
}
