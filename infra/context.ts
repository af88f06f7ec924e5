import { resolve } from 'node:path';
import type { Node } from 'constructs';
import * as z from 'zod/mini';
import { ConfigurationError } from './configuration-error.ts';
import { checkStage } from './stage.ts';

const KNOWN = [
  'relyingParties',
  'sampleRelyingParties',
  'stage',
  'sessionEndedEvents',
  'frontchannelLogout',
  'extraCa',
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
  /** Absolute path of a file of certificates to trust beside the usual ones. */
  readonly extraCaFile: string | undefined;
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
    extraCaFile: pathIn(context, 'extraCa'),
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

/** Whether a context value is on; it is off where it is not given. The command line knows texts only, cdk.json booleans too. */
function isOn(context: Record<string, unknown>, key: string): boolean {
  const value = String(context[key] ?? false);
  if (value !== 'true' && value !== 'false') {
    throw new ConfigurationError(`context ${key}: ${value}: allowed is true or false`);
  }
  return value === 'true';
}
