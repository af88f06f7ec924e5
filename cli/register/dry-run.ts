import { EXIT } from '../exit-code.ts';
import type { Outcome } from '../outcome.ts';
import { printable, printableJson } from '../printable.ts';
import { hiddenAuthorization } from './authorization.ts';
import { type ClientMetadata, withoutDefaults } from './client-metadata.ts';
import { SECRET_FIELDS } from './client-secrets.ts';
import type { RegistrationPlan } from './registration-plan.ts';

interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | null;
  readonly body?: ClientMetadata;
}

const HIDDEN = '(not shown)';

/** The requests of a plan, without their secrets. */
export function dryRunOutcome(plan: RegistrationPlan): Outcome {
  const requests = requestsOf(plan);
  return {
    exitCode: EXIT.fine,
    json: { issuer: plan.issuer, dryRun: true, requests },
    text: (style) =>
      [
        style('bold', 'Not sent:'),
        ...requests.map(textOf),
        ...(plan.isUpdate ? ['What the first request answers goes along with the second, but for what changes.'] : []),
      ].join('\n\n'),
  };
}

function requestsOf({ isUpdate, url, authorization: credentials, metadata }: RegistrationPlan): ShownRequest[] {
  const authorization = credentials === undefined ? null : hiddenAuthorization(credentials);
  const body = Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, SECRET_FIELDS.includes(name) ? HIDDEN : value]),
  );
  return isUpdate
    ? [
        { method: 'GET', url, authorization },
        { method: 'PUT', url, authorization, body },
      ]
    : [{ method: 'POST', url, authorization, body: withoutDefaults(body, {}) }];
}

function textOf({ method, url, authorization, body }: ShownRequest): string {
  return [
    `${method} ${printable(url)}`,
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    ...(body === undefined ? [] : ['Content-Type: application/json', '', printableJson(body, 2)]),
  ].join('\n');
}
