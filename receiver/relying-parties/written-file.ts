import { checkRelyingParties, type RelyingPartiesFile } from './relying-parties.ts';
import { RelyingPartiesError } from './relying-parties-error.ts';
import type { RelyingParty } from './relying-party.ts';
import { ASYMMETRIC_ALGORITHMS } from './signature-algorithms.ts';
import { parseWrittenJson, WrittenJsonError } from './written-json.ts';
import { readWrittenJson } from './written-json-file.ts';

/**
 * Reads a relying parties file as somebody wrote it, before it is deployed: each mistake is named with its place.
 *
 * @param path of the JSON file
 * @throws RelyingPartiesError where the file cannot be read, is not JSON or breaks a rule
 */
export function readWrittenRelyingPartiesFile(path: string): RelyingPartiesFile {
  const json = readWrittenJson(path, (message, options) => new RelyingPartiesError(message, options));
  return checkRelyingParties(json, path);
}

/**
 * Reads relying parties as somebody wrote them, wherever they come from.
 *
 * @param source what error messages call it
 * @throws RelyingPartiesError where they are not JSON or break a rule
 */
export function parseWrittenRelyingParties(bytes: Uint8Array, source: string): RelyingPartiesFile {
  try {
    return checkRelyingParties(parseWrittenJson(bytes), source);
  } catch (error) {
    throw error instanceof WrittenJsonError ? new RelyingPartiesError(`${source}: ${error.message}`) : error;
  }
}

/**
 * What may be a mistake in relying parties and is none for certain, a line each.
 *
 * A token that is signed with another algorithm than the one that was registered is to be refused (Back-Channel Logout
 * 1.0, section 2.6, step 2; OpenID Connect Core 1.0, section 3.1.3.7): only the file can say which one that is.
 */
export function warningsAbout(relyingParties: readonly RelyingParty[]): string[] {
  return relyingParties.flatMap(({ issuer, clientId, algorithms }, index) =>
    ASYMMETRIC_ALGORITHMS.every((algorithm) => algorithms.includes(algorithm))
      ? [
          `relyingParties[${index}] (${issuer} client ${clientId}) takes every signature algorithm: name the one that the OP signs logout tokens with, as in "algorithms": ["RS256"]`,
        ]
      : [],
  );
}

/**
 * All that may be a mistake in the relying parties of a deployment, a line each.
 *
 * @param hasFrontchannelLogout whether the deployment has front-channel logout turned on
 */
export function deploymentWarnings(relyingParties: readonly RelyingParty[], hasFrontchannelLogout: boolean): string[] {
  return [...warningsAbout(relyingParties), ...frontchannelWarnings(relyingParties, hasFrontchannelLogout)];
}

/**
 * Front-channel logout needs the deployment and a relying party to have it turned on. With one alone nothing is opened, and
 * somebody may believe that it is.
 *
 * @param isDeployed whether the deployment has it turned on
 */
function frontchannelWarnings(relyingParties: readonly RelyingParty[], isDeployed: boolean): string[] {
  const on = relyingParties.flatMap(({ frontchannelLogout }, index) => (frontchannelLogout ? [index] : []));
  if (isDeployed && on.length === 0) {
    return ['front-channel logout is turned on, and no relying party has "frontchannelLogout": true: it ends nothing'];
  }
  return isDeployed
    ? []
    : on.map(
        (index) =>
          `relyingParties[${index}].frontchannelLogout: front-channel logout is not turned on (-c frontchannelLogout=true, and npm start -- --frontchannel-logout)`,
      );
}
