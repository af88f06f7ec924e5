import { localAccount } from './local-account.ts';
import type { LocalRun } from './local-run.ts';

/** What `npm start -- --json` prints once everything runs, in one line. */
export function readyJson({ endpoint, dynamodb, tables, queues, region }: LocalRun): string {
  return `${JSON.stringify({ endpoint, dynamodb, tables, ...(hasQueues(queues) && { queues }), region })}\n`;
}

/** What `npm start` prints once everything runs: what it serves, and what to do next. */
export function readyText({
  endpoint,
  dynamodb,
  tables,
  queues,
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
${queueLines(queues)}  relying parties      ${relyingPartiesFile}
${relyingParties.map(({ issuer, clientId }) => `                       ${issuer} client ${clientId}`).join('\n')}

Next:
1. Register the endpoint at the OP, as backchannel_logout_uri of each client.
2. Give your application's session store the same tables:

     export AWS_ENDPOINT_URL_DYNAMODB=${dynamodb} AWS_REGION=${region}
     export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}
     export SESSIONS_TABLE_NAME=${tables.sessions}

3. See it refuse a token that no OP signed: 400, and JSON that says why.

     curl -i ${endpoint} -d logout_token=made-up

Ctrl-C ends it.
`;
}

function queueLines(queues: LocalRun['queues']): string {
  return Object.entries(queues)
    .map(([name, url]) => `  ${name.padEnd(20)} ${url}\n`)
    .join('');
}

function hasQueues(queues: LocalRun['queues']): boolean {
  return Object.keys(queues).length > 0;
}
