import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isExample } from '../receiver/relying-parties/example-issuer.ts';
import { checkRelyingParties } from '../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../receiver/relying-parties/relying-party.ts';
import { shippedText } from '../receiver/relying-parties/shipped-relying-parties.ts';
import { deploymentWarnings } from '../receiver/relying-parties/written-file.ts';
import type { RelyingPartiesProps } from './relying-party-settings.ts';

/** Relying parties that the functions will take, and their texts. */
export interface CheckedRelyingParties {
  readonly relyingParties: readonly RelyingParty[];
  /** As they are shipped with the functions. */
  readonly shipped: string;
  /** As AWS AppConfig has them. */
  readonly json: string;
}

/**
 * Checks the relying parties of a receiver: a mistake must not be deployed. What may be one, and is none for certain, is
 * annotated as a warning.
 *
 * @throws RelyingPartiesError naming each field: its path, what was found, what is allowed
 */
export function checkedRelyingParties(
  scope: IConstruct,
  { relyingParties, maxBodyBytes, maxTokenBytes, frontchannelLogout = false }: RelyingPartiesProps,
): CheckedRelyingParties {
  const input = {
    relyingParties,
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(maxTokenBytes !== undefined && { maxTokenBytes }),
  };
  const json = JSON.stringify(input);
  const file = checkRelyingParties(JSON.parse(json), scope.node.path);
  const { relyingParties: checked } = file;
  const examples = checked.filter(({ issuer }) => isExample(issuer));
  const warnings = [
    ...examples.map(({ issuer }) => `${issuer} is an example and no OP`),
    ...deploymentWarnings(checked, frontchannelLogout),
  ];
  for (const warning of warnings) {
    Annotations.of(scope).addWarningV2('logout-receiver:relyingParties', warning);
  }
  return { relyingParties: checked, shipped: shippedText(file), json };
}
