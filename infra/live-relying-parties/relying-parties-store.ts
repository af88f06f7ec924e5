import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct, IDependable } from 'constructs';
import type { CheckedRelyingParties } from '../checked-relying-parties.ts';
import type { FunctionSettings } from '../constructs/function-settings.ts';
import type { ReceiverFunction } from '../constructs/receiver-function.ts';
import type { Output } from '../outputs.ts';
import type { RelyingPartiesProps } from '../relying-party-settings.ts';
import { LiveRelyingParties } from './live-relying-parties.ts';
import type { LiveRelyingPartiesProps } from './live-relying-parties-props.ts';
import { readableSecrets } from './readable-secrets.ts';

/** Where the functions have their relying parties from. */
export interface RelyingPartiesStore {
  /** With how functions read them. */
  readonly settings: FunctionSettings;
  /** Names or ARNs of the secrets that the functions may read. */
  readonly secretIds: readonly string[];
  readonly functions: { readonly relyingPartiesValidator?: ReceiverFunction };
  readonly outputs: readonly Output[];
  readonly alarms: readonly Alarm[];
  /** Has what is deployed without the functions wait for them. */
  deployAfter(functions: readonly (IDependable | undefined)[]): void;
}

/**
 * The bundles of the functions, or AWS AppConfig where the properties say so.
 *
 * @throws ConfigurationError where the secrets are none that the relying parties can have
 */
export function relyingPartiesStore(
  scope: Construct,
  props: LiveRelyingPartiesProps & Pick<RelyingPartiesProps, 'frontchannelLogout'>,
  settings: FunctionSettings,
  { relyingParties, json }: CheckedRelyingParties,
): RelyingPartiesStore {
  const secretIds = readableSecrets(scope.node.path, relyingParties, props);
  if (!props.relyingPartiesInAppConfig) {
    return { settings, secretIds, functions: {}, outputs: [], alarms: [], deployAfter: () => undefined };
  }
  const { frontchannelLogout = false } = props;
  const live = new LiveRelyingParties(scope, 'LiveRelyingParties', {
    ...{ settings, relyingParties, json, secretIds, frontchannelLogout },
  });
  return {
    settings: { ...settings, liveRelyingParties: live },
    secretIds,
    functions: { relyingPartiesValidator: live.validator },
    outputs: live.outputs,
    alarms: live.alarms,
    deployAfter: (functions) => live.deployAfter(...functions.filter((each) => each !== undefined)),
  };
}
