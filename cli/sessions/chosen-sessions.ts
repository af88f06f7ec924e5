import type { LogoutScope, RelyingPartyIdentity } from '../../relying-party/sessions/index.ts';
import { UsageError } from '../command-error.ts';
import type { InputLines } from '../input-lines.ts';
import { printableJson } from '../printable.ts';

/** The sessions of a client that a command is about: those of a subject or of an OP session, or one by its hash. */
export type ChosenSessions = LogoutScope | (RelyingPartyIdentity & { readonly idHash: string });

/** As they stand on the command line. */
export interface ChoiceOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
  readonly idHash?: string | undefined;
}

/**
 * Which sessions the options choose. A `-` stands for a line of standard input.
 *
 * @returns undefined where they choose none of the client's
 * @throws UsageError where they choose in two ways, or by an empty text
 */
export async function chosenSessions(
  { issuer, clientId, sub, sid, idHash }: ChoiceOptions,
  lines: InputLines,
): Promise<ChosenSessions | undefined> {
  if ([sub, sid, idHash].filter((choice) => choice !== undefined).length > 1) {
    throw new UsageError('give one of --sub, --sid and --id-hash');
  }
  if (sub !== undefined) {
    return { issuer, clientId, sub: await textOf('sub', sub, lines) };
  }
  if (sid !== undefined) {
    return { issuer, clientId, sid: await textOf('sid', sid, lines) };
  }
  return idHash === undefined ? undefined : { issuer, clientId, idHash };
}

/** Whose they are, in words. The subject is not in them: who asks has just given it. */
export function wordsFor(chosen: ChosenSessions | RelyingPartyIdentity): string {
  const client = `the client ${printableJson(chosen.clientId)} of ${printableJson(chosen.issuer)}`;
  if ('idHash' in chosen) {
    return `this id hash at ${client}`;
  }
  return 'sid' in chosen ? `this sid at ${client}` : 'sub' in chosen ? `this subject at ${client}` : client;
}

async function textOf(name: string, option: string, lines: InputLines): Promise<string> {
  const text = option === '-' ? await lines.next(`${name}: `) : option;
  if (!text) {
    throw new UsageError(`--${name}: found nothing, allowed is the ${name} to the letter`);
  }
  return text;
}
