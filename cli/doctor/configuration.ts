import { isExample } from '../../receiver/relying-parties/example-issuer.ts';
import { RelyingPartiesError } from '../../receiver/relying-parties/relying-parties-error.ts';
import type { RelyingParty } from '../../receiver/relying-parties/relying-party.ts';
import { readWrittenRelyingPartiesFile, warningsAbout } from '../../receiver/relying-parties/written-file.ts';
import type { Finding } from '../finding.ts';

/** Relying parties, as far as they can be read, and what is to say about them. */
export interface Configuration {
  readonly relyingParties: readonly RelyingParty[];
  readonly findings: readonly Finding[];
}

/** @param path of the relying parties file, which is checked as when it is deployed */
export function readConfiguration(path: string): Configuration {
  try {
    const { relyingParties } = readWrittenRelyingPartiesFile(path);
    return { relyingParties, findings: configurationFindings(path, relyingParties) };
  } catch (error) {
    if (!(error instanceof RelyingPartiesError)) {
      throw error;
    }
    const advice = 'mend the file: docs/configuration.md has all fields';
    return {
      relyingParties: [],
      findings: [{ code: 'relying_parties', level: 'problem', text: error.message, advice }],
    };
  }
}

export function configurationFindings(path: string, relyingParties: readonly RelyingParty[]): readonly Finding[] {
  const issuers = [...new Set(relyingParties.map(({ issuer }) => issuer))];
  const count = `${relyingParties.length} relying ${relyingParties.length === 1 ? 'party' : 'parties'}`;
  return [
    {
      code: 'relying_parties',
      level: 'good',
      text: `${path}: ${count} of ${issuers.length} issuer${issuers.length === 1 ? '' : 's'}`,
    },
    ...issuers.filter(isExample).map(
      (issuer): Finding => ({
        code: 'issuer_example',
        level: 'problem',
        text: `${issuer} is an example and no OP`,
        advice: "put your OP's issuer in its place: cdk synth refuses it too",
      }),
    ),
    ...spellings(issuers).map(
      (same): Finding => ({
        code: 'issuer_spelling',
        level: 'problem',
        text: `${same.join(' and ')} are two spellings of one issuer, and compared character by character`,
        advice:
          'keep the one that the OP has in its discovery document and in iss; a second one that it signs with belongs into issuerAliases',
      }),
    ),
    ...warningsAbout(relyingParties).map((text): Finding => ({ code: 'algorithms', level: 'note', text })),
  ];
}

/** Issuers that differ in nothing but case of the host, a default port, or a slash at the end. */
function spellings(issuers: readonly string[]): readonly string[][] {
  const same = new Map<string, string[]>();
  for (const issuer of issuers) {
    const name = new URL(issuer).href.replace(/\/$/, '');
    same.set(name, [...(same.get(name) ?? []), issuer]);
  }
  return [...same.values()].filter(({ length }) => length > 1);
}
