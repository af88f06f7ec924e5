import type { CommandLine, Program } from '../command-line.ts';
import { exitCodeOf } from '../finding.ts';
import { issuerArgument } from '../openid-provider/issuer-argument.ts';
import type { Outcome } from '../outcome.ts';
import { type Discovery, discovered } from './discovery.ts';
import { discoveryText } from './discovery-text.ts';

export function addDiscover(program: Program, commandLine: CommandLine): void {
  program
    .command('discover')
    .summary('look at an OP as the receiver sees it')
    .description(
      'Fetches the discovery document and the keys of an OP as the receiver does, says what works with this OP and what does not, and prints the relying parties entry.',
    )
    .argument('<issuer>', "the OP's issuer, exactly as in its tokens: a slash at the end counts")
    .option('--client-id <id>', 'put it into the relying parties entry')
    .option('--allow-private-addresses', 'let the OP be inside a private network')
    .addHelpText(
      'after',
      `
Examples:
  logout-receiver discover https://op.example.com
  logout-receiver discover https://localhost:9443/oauth2/token --allow-private-addresses
  logout-receiver discover https://op.example.com --client-id shop --json | jq .relyingParty`,
    )
    .action(
      commandLine.action(async (typed, { clientId, allowPrivateAddresses = false }): Promise<Outcome> => {
        const discovery = await discovered({ issuer: issuerArgument(typed), clientId, allowPrivateAddresses });
        return {
          exitCode: exitCodeOf(discovery.findings),
          json: discoveryJson(discovery),
          text: (style) => discoveryText(discovery, style),
        };
      }),
    );
}

/** All members are there, whatever was found out. */
function discoveryJson({ document, chosen, relyingParty, ...discovery }: Discovery) {
  return { ...discovery, document: document ?? null, chosen: chosen ?? null, relyingParty: relyingParty ?? null };
}
