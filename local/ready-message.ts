import { localAccount } from './local-account.ts';
import type { LocalRun } from './local-run.ts';

/** What `npm start -- --json` prints once everything runs, in one line. */
export function readyJson({ endpoint, dynamodb, tables, queues, eventBuses, region }: LocalRun): string {
  const urls = { ...(isFilled(queues) && { queues }), ...(isFilled(eventBuses) && { eventBuses }) };
  return `${JSON.stringify({ endpoint, dynamodb, tables, ...urls, region })}\n`;
}

/** What `npm start` prints once everything runs: what it serves, and what to do next. */
export function readyText({
  endpoint,
  dynamodb,
  tables,
  queues,
  eventBuses,
  region,
  relyingParties,
  relyingPartiesFile,
}: LocalRun): string {
  const { accessKeyId, secretAccessKey } = localAccount.credentials;
  return `
logout-receiver runs, from the synthesized template.

  back-channel logout  ${endpoint}
  DynamoDB             ${dynamodb}
  sessions table       ${tables.sessions}
  JWKS cache table     ${tables.jwksCache}
${urlLines(queues)}${urlLines(eventBuses)}  relying parties      ${relyingPartiesFile}
${relyingParties.map(({ issuer, clientId }) => `                       ${issuer} client ${clientId}`).join('\n')}

Next:
1. Register the endpoint at the OP, as backchannel_logout_uri of each client.
2. Give your application's session store the same tables:

     export AWS_ENDPOINT_URL_DYNAMODB=${dynamodb} AWS_REGION=${region}
     export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}
     export SESSIONS_TABLE_NAME=${tables.sessions}

3. See it refuse a token that no OP signed: 400, and JSON that says why.

     curl -i ${endpoint} -d logout_token=made-up
${eventsStep(eventBuses)}
Ctrl-C ends it.
`;
}

function eventsStep(eventBuses: LocalRun['eventBuses']): string {
  return Object.values(eventBuses)
    .map((url) => `\n4. Watch the events of an event bus, a line of JSON each.\n\n     curl -N ${url}\n`)
    .join('');
}

function urlLines(urls: LocalRun['queues'] | LocalRun['eventBuses']): string {
  return Object.entries(urls)
    .map(([name, url]) => `  ${name.padEnd(20)} ${url}\n`)
    .join('');
}

function isFilled(urls: LocalRun['queues'] | LocalRun['eventBuses']): boolean {
  return Object.keys(urls).length > 0;
}
