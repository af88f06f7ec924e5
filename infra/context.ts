import { resolve } from 'node:path';
import type { Node } from 'constructs';
import * as z from 'zod/mini';
import { ConfigurationError } from './configuration-error.ts';
import { numberIn } from './context-number.ts';
import { isOn } from './context-switch.ts';
import { CUSTOM_DOMAIN_KEYS, type CustomDomainContext, customDomainIn } from './front-door/custom-domain-context.ts';
import { MONITORING_KEYS, type MonitoringContext, readMonitoringContext } from './monitoring/monitoring-context.ts';
import { readSessionsContext, SESSIONS_KEYS, type SessionsContext } from './sessions-context.ts';
import { checkStage } from './stage.ts';

const KNOWN: readonly string[] = [
  'relyingParties',
  'sampleRelyingParties',
  'stage',
  'sessionEndedEvents',
  'frontchannelLogout',
  'relyingPartiesInAppConfig',
  'secretIds',
  'extraCa',
  ...SESSIONS_KEYS,
  'reservedConcurrency',
  ...CUSTOM_DOMAIN_KEYS,
  ...MONITORING_KEYS,
];

/** What the app is told with `-c`, or in the `context` of cdk.json. */
export interface AppContext {
  /** Absolute path. */
  readonly relyingPartiesFile: string;
  /** Whether issuers that are examples may be deployed. */
  readonly sampleRelyingParties: boolean;
  /** In front of the names of stacks, and of all that is told apart by name. */
  readonly stage: string | undefined;
  readonly sessionEndedEvents: boolean;
  readonly frontchannelLogout: boolean;
  readonly relyingPartiesInAppConfig: boolean;
  /** Names or ARNs of the secrets that the functions may read. */
  readonly secretIds: readonly string[] | undefined;
  /** Absolute path of a file of certificates to trust beside the usual ones. */
  readonly extraCaFile: string | undefined;
  readonly sessions: SessionsContext;
  /** Executions that the function of the endpoint can always have, and can have at most. */
  readonly reservedConcurrency: number | undefined;
  readonly customDomain: CustomDomainContext;
  readonly monitoring: MonitoringContext;
}

/**
 * Reads the app's context.
 *
 * @throws ConfigurationError where a key is none that the app knows, or a value none that it takes
 */
export function readContext(node: Node): AppContext {
  const context = z.record(z.string(), z.unknown()).parse(node.getAllContext());
  // The CDK's own keys, feature flags and look-ups, all have a colon.
  const unknown = Object.keys(context).find((key) => !key.includes(':') && !KNOWN.includes(key));
  if (unknown !== undefined) {
    throw new ConfigurationError(`context ${unknown}: there is no such key: allowed are ${KNOWN.join(', ')}`);
  }
  return {
    relyingPartiesFile: pathIn(context, 'relyingParties') ?? resolve('relying-parties.json'),
    sampleRelyingParties: isOn(context, 'sampleRelyingParties'),
    stage: stageIn(context.stage),
    sessionEndedEvents: isOn(context, 'sessionEndedEvents'),
    frontchannelLogout: isOn(context, 'frontchannelLogout'),
    relyingPartiesInAppConfig: isOn(context, 'relyingPartiesInAppConfig'),
    secretIds: listIn(context, 'secretIds'),
    extraCaFile: pathIn(context, 'extraCa'),
    sessions: readSessionsContext(context),
    reservedConcurrency: numberIn(context, 'reservedConcurrency'),
    customDomain: customDomainIn(context),
    monitoring: readMonitoringContext(context),
  };
}

function stageIn(value: unknown): string | undefined {
  if (value !== undefined) {
    checkStage(value);
  }
  return value;
}

function pathIn(context: Record<string, unknown>, key: string): string | undefined {
  const value = context[key];
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string' || value === '') {
    throw new ConfigurationError(`context ${key}: ${value}: allowed is the path of a file`);
  }
  return resolve(value);
}

/** Names of secrets have no commas. */
function listIn(context: Record<string, unknown>, key: string): readonly string[] | undefined {
  const value = context[key];
  if (value === undefined) {
    return undefined;
  }
  const members = typeof value === 'string' ? value.split(',') : value;
  if (!isListOfTexts(members)) {
    throw new ConfigurationError(`context ${key}: ${value}: allowed are names or ARNs, with commas between them`);
  }
  return members;
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((member) => typeof member === 'string' && member.trim() !== '');
}
