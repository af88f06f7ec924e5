import { Stack, Stage, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ConfigurationError } from './configuration-error.ts';

export interface StageProps {
  /**
   * Tells this receiver from others in the same account and region, such as `prod`: it is put in front of names, and of
   * the `service` that metrics and logs carry. 1 to 20 lower-case letters, digits and hyphens, a letter first.
   * @default - none
   */
  readonly stage?: string;
}

const STAGE = /^[a-z][a-z0-9-]{0,19}$/;

/** @throws ConfigurationError where it cannot be a part of names */
export function checkStage(stage: unknown): asserts stage is string {
  if (typeof stage !== 'string' || !STAGE.test(stage)) {
    throw new ConfigurationError(
      `stage: found ${JSON.stringify(stage)}, allowed: 1 to 20 lower-case letters, digits and hyphens, a letter first`,
    );
  }
}

/** The name with the stage in front of it. */
export function stagedName(stage: string | undefined, name: string): string {
  return stage === undefined ? name : `${stage}-${name}`;
}

/**
 * The name under which a receiver's metrics and log lines come.
 *
 * @throws ConfigurationError where the stage cannot be a part of names, or where another receiver of the app has the same
 *   name in the same account and region, so that their metrics could not be told apart
 */
export function serviceOf(scope: Construct, { stage }: StageProps): string {
  if (stage !== undefined) {
    checkStage(stage);
  }
  const service = stagedName(stage, 'logout-receiver');
  const { account, region } = Stack.of(scope);
  const place = [service, account, region].map((part) => (Token.isUnresolved(part) ? '' : part)).join(' ');
  const receivers = namesIn(scope);
  const other = receivers.get(place);
  if (other !== undefined) {
    throw new ConfigurationError(
      `${scope.node.path}: found a second receiver beside ${other} whose metrics are called ${service}, allowed: one; give each a stage of its own`,
    );
  }
  receivers.set(place, scope.node.path);
  return service;
}

/** By the CDK's stage, since stages mostly have accounts of their own. */
const RECEIVERS = new WeakMap<Construct, Map<string, string>>();

function namesIn(scope: Construct): Map<string, string> {
  const root = Stage.of(scope) ?? scope.node.root;
  const names = RECEIVERS.get(root) ?? new Map<string, string>();
  RECEIVERS.set(root, names);
  return names;
}
