import { isDeepStrictEqual } from 'node:util';
import type { Finding } from '../finding.ts';
import { printable } from '../printable.ts';
import { DEFAULTS } from './client-metadata.ts';
import type { Registration } from './client-registration.ts';

/** What an OP made of a field of the request. */
export interface FieldOutcome {
  readonly name: string;
  readonly outcome: 'taken' | 'changed' | 'dropped' | 'added';
  readonly requested?: unknown;
  readonly registered?: unknown;
}

/** Fields about the registration itself: only the OP sets them. */
const OF_THE_REGISTRATION = [
  'client_id',
  'client_secret',
  'client_id_issued_at',
  'client_secret_expires_at',
  'registration_access_token',
  'registration_client_uri',
];

/** Why it matters, by field of a logout. */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  backchannel_logout_uri:
    'If so, the OP sends no logout token to the receiver: look into its console. WSO2 Identity Server keeps it all the same.',
  backchannel_logout_session_required:
    'The OP may name the user only, and all sessions of the user end: look into its console. WSO2 Identity Server drops it, and sends a sid all the same.',
  frontchannel_logout_uri: 'If so, the OP does not load it when somebody signs out: look into its console.',
  frontchannel_logout_session_required: 'The OP may send no sid, without which no session is found.',
  post_logout_redirect_uris:
    'If so, the OP does not send users back there after a sign-out: look into its console. WSO2 Identity Server drops them, and goes by the redirect URIs.',
};

/**
 * Compares what was asked for with what the OP says that it has registered, which is all of it (RFC 7591, section 3.2.1).
 *
 * @returns in the order of the request, and last what the OP has added
 */
export function fieldOutcomes({ sent, answer }: Registration): FieldOutcome[] {
  const names = Object.keys(sent).filter((name) => !OF_THE_REGISTRATION.includes(name));
  const added = Object.keys(answer).filter((name) => !Object.hasOwn(sent, name) && !OF_THE_REGISTRATION.includes(name));
  return [
    ...names.map((name) => outcomeOf(name, sent[name], answer[name])),
    ...added.map((name): FieldOutcome => ({ name, outcome: 'added', registered: answer[name] })),
  ];
}

/**
 * What to say of them. Of fields that were there before and are as they were, nothing.
 *
 * @param asked names of the fields that this request was about
 */
export function fieldFindings(outcomes: readonly FieldOutcome[], asked: readonly string[]): Finding[] {
  return outcomes
    .filter(({ name, outcome }) => outcome !== 'added' && (asked.includes(name) || outcome !== 'taken'))
    .map(findingOf);
}

function outcomeOf(name: string, requested: unknown, registered: unknown): FieldOutcome {
  if (isDeepStrictEqual(comparable(requested), comparable(registered ?? DEFAULTS[name]))) {
    return { name, outcome: 'taken', requested, registered };
  }
  return registered === undefined || registered === null
    ? { name, outcome: 'dropped', requested }
    : { name, outcome: 'changed', requested, registered };
}

/** The order of a list means nothing. */
function comparable(value: unknown): unknown {
  return Array.isArray(value) ? value.map((member) => JSON.stringify(member)).sort() : value;
}

function findingOf({ name, outcome, registered }: FieldOutcome): Finding {
  const shown = printable(name, 80);
  if (outcome === 'taken') {
    return { code: 'field_taken', level: 'good', text: `${shown}: taken` };
  }
  const consequence = Object.hasOwn(CONSEQUENCES, name) ? CONSEQUENCES[name] : undefined;
  return {
    code: `field_${outcome}`,
    level: consequence === undefined ? 'note' : 'problem',
    text: `${shown}: ${outcome === 'dropped' ? 'dropped, by what the OP answers' : `changed to ${printable(JSON.stringify(registered))}`}`,
    ...(consequence !== undefined && { advice: consequence }),
  };
}
