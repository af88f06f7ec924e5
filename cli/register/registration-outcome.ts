import { columns } from '../columns.ts';
import { EXIT } from '../exit-code.ts';
import { exitCodeOf, type Finding, textOfFindings } from '../finding.ts';
import type { Outcome } from '../outcome.ts';
import { printable, printableJson } from '../printable.ts';
import type { Style } from '../style.ts';
import type { ClientMetadata } from './client-metadata.ts';
import type { Registration } from './client-registration.ts';
import { keptOf, SECRET_FIELDS } from './client-secrets.ts';
import { type FieldOutcome, fieldFindings, fieldOutcomes } from './field-outcomes.ts';
import type { RegistrationPlan } from './registration-plan.ts';

/** Where the secrets of a client have gone to. */
export interface Kept {
  /** Undefined where they are shown. */
  readonly secretsFile: string | undefined;
  readonly findings: readonly Finding[];
}

const NO_CLIENT_ID: Finding = {
  code: 'client_id_missing',
  level: 'problem',
  text: 'The answer has no client_id, which it must have (RFC 7591, section 3.2.1).',
  advice: 'Look for the client in the console of the OP.',
};

/** What the OP made of a request. */
export function registrationOutcome(plan: RegistrationPlan, registration: Registration, kept: Kept): Outcome {
  const { answer } = registration;
  const fields = fieldOutcomes(registration);
  const findings = [
    ...fieldFindings(fields, Object.keys(plan.metadata)),
    ...(typeof answer.client_id === 'string' ? [] : [NO_CLIENT_ID]),
    ...expiry(answer),
    ...kept.findings,
  ];
  return {
    exitCode: exitCodeOf(findings),
    json: { ...jsonOf(plan, answer, kept), fields, findings },
    text: (style) =>
      [
        style('bold', `The OP has ${plan.isUpdate ? 'updated' : 'registered'} the client ${idOf(answer)}`),
        `${style('bold', 'What it made of the request')}\n${textOfFindings(findings, style)}`,
        ...addedText(fields, style),
        keptText(answer, kept, style),
        ...nextText(plan.issuer, answer, style),
      ].join('\n\n'),
  };
}

/** An update that has failed when the OP had already put a new token in the place of the one that it was sent with. */
export function halfwayOutcome(plan: RegistrationPlan, message: string, answer: ClientMetadata, kept: Kept): Outcome {
  const [text = '', ...advice] = message.split('\n');
  const failed: Finding = { code: 'update_failed', level: 'problem', text, advice: advice.join(' ') };
  const replaced: Finding = {
    code: 'token_replaced',
    level: 'note',
    text: 'The OP has replaced the registration access token all the same: the one that you gave is void.',
  };
  const findings = [failed, replaced, ...kept.findings];
  return {
    exitCode: EXIT.failed,
    json: { ...jsonOf(plan, answer, kept), fields: [], findings },
    text: (style) => [textOfFindings(findings, style), keptText(answer, kept, style)].join('\n\n'),
  };
}

/** The client information response as it is, but for secrets that are in a file. */
function jsonOf({ issuer, url }: RegistrationPlan, answer: ClientMetadata, { secretsFile }: Kept) {
  const client = Object.entries(answer).filter(([name]) => secretsFile === undefined || !SECRET_FIELDS.includes(name));
  return { issuer, endpoint: url, client: Object.fromEntries(client), secretsFile: secretsFile ?? null };
}

function idOf({ client_id: clientId }: ClientMetadata): string {
  return typeof clientId === 'string' ? printable(clientId) : '(the answer has no client_id)';
}

function addedText(fields: readonly FieldOutcome[], style: Style): string[] {
  const rows = fields
    .filter(({ outcome }) => outcome === 'added')
    .map(({ name, registered }) => [printable(name, 60), printable(JSON.stringify(registered), 100)]);
  return rows.length === 0 ? [] : [`${style('bold', 'Added by the OP')}\n${columns(rows)}`];
}

function keptText(answer: ClientMetadata, { secretsFile }: Kept, style: Style): string {
  const secrets = SECRET_FIELDS.filter((name) => answer[name] !== undefined);
  if (secretsFile !== undefined) {
    return `${style('bold', 'Secrets')}\n${secrets.join(' and ') || 'Nothing secret'}: in ${printable(secretsFile)}, which only you can read.`;
  }
  const warning =
    secrets.length === 0
      ? 'It has no secrets.'
      : style('yellow', 'Secrets, shown this once: move them to where secrets are kept, and clear the screen.');
  return `${style('bold', 'Keep')}\n${warning}\n${printableJson(keptOf(answer), 2)}`;
}

/** Only names that a shell takes as they are: the OP has made them. */
function nextText(issuer: string, answer: ClientMetadata, style: Style): string[] {
  const { client_id: clientId, id_token_signed_response_alg: algorithm } = answer;
  if (typeof clientId !== 'string' || !/^[\w.:@/-]+$/.test(clientId)) {
    return [];
  }
  const named =
    typeof algorithm === 'string' ? `, with "algorithms": [${printable(JSON.stringify(algorithm), 40)}]` : '';
  return [
    `${style('bold', 'Next')}\nThe relying parties entry${named}:\n  logout-receiver discover ${printable(issuer)} --client-id ${clientId}`,
  ];
}

/** RFC 7591, section 3.2.1: in epoch seconds, 0 where it does not expire. */
function expiry({ client_secret_expires_at: expiresAt }: ClientMetadata): Finding[] {
  if (typeof expiresAt !== 'number' || expiresAt <= 0 || expiresAt > 253_402_300_799) {
    return [];
  }
  const text = `The client secret expires at ${new Date(expiresAt * 1000).toISOString()}.`;
  return [{ code: 'client_secret_expires', level: 'note', text, advice: 'Renew it at the OP before.' }];
}
