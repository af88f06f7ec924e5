import { DEFAULT_MAX_BYTES } from '../receiver/relying-parties/relying-parties.ts';
import { readWrittenRelyingPartiesFile } from '../receiver/relying-parties/written-file.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { RelyingPartySettings } from './relying-party-settings.ts';

/** Where a receiver's relying parties can be taken from. */
// biome-ignore lint/complexity/noStaticOnlyClass: jsii, for CDK apps in other languages, knows no functions outside of classes.
export class RelyingParties {
  /**
   * Those of a relying parties file, with all defaults filled in.
   *
   * @param path of the JSON file
   * @throws RelyingPartiesError where the file cannot be read, is not JSON or breaks a rule: the message names every place
   * @throws ConfigurationError where the file sets limits, which are properties of `LogoutReceiver`
   */
  static fromFile(path: string): readonly RelyingPartySettings[] {
    const { relyingParties, ...limits } = readWrittenRelyingPartiesFile(path);
    const limit = Object.entries(limits).find(([, bytes]) => bytes !== DEFAULT_MAX_BYTES);
    if (limit) {
      throw new ConfigurationError(
        `${path}: ${limit[0]}: found ${limit[1]}, allowed: nothing here; give it to LogoutReceiver, as the property of this name`,
      );
    }
    return relyingParties;
  }
}
