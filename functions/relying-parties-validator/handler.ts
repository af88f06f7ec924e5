import * as z from 'zod/mini';
import { isExample } from '../../receiver/relying-parties/example-issuer.ts';
import { type RelyingPartiesFile, secretIdsOf } from '../../receiver/relying-parties/relying-parties.ts';
import { RelyingPartiesError } from '../../receiver/relying-parties/relying-parties-error.ts';
import { deploymentWarnings, parseWrittenRelyingParties } from '../../receiver/relying-parties/written-file.ts';
import { logger } from '../runtime/log.ts';

/** What is used of what AppConfig hands to a validator. */
const ValidatorEvent = z.object({ content: z.string() });

const Flag = z.enum(['true', 'false']);
const environment = z
  .object({ SAMPLE_RELYING_PARTIES: Flag, FRONTCHANNEL_LOGOUT: Flag, SECRET_IDS: z.string() })
  .parse(process.env);
/** Names or ARNs of the secrets that the functions may read. */
const readableSecrets = z.array(z.string()).parse(JSON.parse(environment.SECRET_IDS));

const SOURCE = 'the configuration';

/**
 * Judges relying parties before AWS AppConfig deploys them, as `cdk synth` does with those of a file
 * (https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-profile-validators.html).
 *
 * @throws RelyingPartiesError where they are not to be deployed. AppConfig shows the message to whoever deploys them.
 */
export async function handler(event: unknown): Promise<void> {
  const { content } = ValidatorEvent.parse(event);
  const file = parseWrittenRelyingParties(Buffer.from(content, 'base64'), SOURCE);
  refuseExamples(file);
  refuseOtherSecrets(file);
  for (const warning of deploymentWarnings(file.relyingParties, environment.FRONTCHANNEL_LOGOUT === 'true')) {
    logger.warn('relying_parties_doubtful', { warning });
  }
}

function refuseExamples({ relyingParties }: RelyingPartiesFile): void {
  const example = relyingParties.find(({ issuer }) => isExample(issuer));
  if (example && environment.SAMPLE_RELYING_PARTIES === 'false') {
    throw new RelyingPartiesError(`${SOURCE}: ${example.issuer} is an example and no OP`);
  }
}

/** Every logout of such a relying party would be put off, for its secret cannot be read. */
function refuseOtherSecrets({ relyingParties }: RelyingPartiesFile): void {
  const others = secretIdsOf(relyingParties).filter((secretId) => !readableSecrets.includes(secretId));
  if (others.length > 0) {
    const allowed = readableSecrets.join(', ') || 'none';
    throw new RelyingPartiesError(
      `${SOURCE}: names secrets that the functions may not read: ${others.join(', ')}, allowed: ${allowed}`,
    );
  }
}
