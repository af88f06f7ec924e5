import { ParsedLines } from './parsed-lines.ts';
import type { RelyingPartiesFile } from './relying-parties.ts';
import { issuersOf, type RelyingParty } from './relying-party.ts';
import { SortedLines } from './sorted-lines.ts';

/** What many relying parties have in common. */
type Settings = Omit<RelyingParty, 'issuer' | 'clientId'>;
type LimitsLine = readonly [kind: 'limits', maxBodyBytes: number, maxTokenBytes: number];
type SettingsLine = readonly [kind: 'settings', number: number, settings: Settings];
/** Clients of the issuer that has the name `iss`, each with the number of its settings. */
type ClientsLine = readonly [
  kind: 'clients' | 'frontchannel',
  iss: string,
  issuer: string,
  clients: [clientId: string, settings: number][],
];
/** The secrets with the decryption keys of an issuer's clients, or of all clients, where `iss` is null. */
type SecretsLine = readonly [kind: 'secrets', iss: string | null, secrets: [clientId: string, secretId: string][]];

/**
 * The relying parties of a deployment, found by what a token names. What a request costs does not grow with their number:
 * of all lines that they are kept in, only those of its issuer are parsed.
 */
export class RelyingPartiesIndex {
  /** Largest body of a logout request, in bytes. */
  readonly maxBodyBytes: number;
  /** Largest logout token, in bytes. */
  readonly maxTokenBytes: number;
  readonly #lines: SortedLines;
  readonly #issuers: ParsedLines<string, { issuer: string; clients: ReadonlyMap<string, number> }>;
  readonly #settings: ParsedLines<number, Settings>;
  readonly #secrets: ParsedLines<string | null, SecretsLine[2]>;

  /** @param lines as `indexLines` makes them */
  constructor(lines: SortedLines) {
    const [, maxBodyBytes, maxTokenBytes]: LimitsLine = JSON.parse(String(lines.find('limits')));
    this.maxBodyBytes = maxBodyBytes;
    this.maxTokenBytes = maxTokenBytes;
    this.#lines = lines;
    this.#issuers = new ParsedLines(lines, 'clients', (line) => {
      const [, , issuer, clients]: ClientsLine = JSON.parse(line);
      return { issuer, clients: new Map(clients) };
    });
    this.#settings = new ParsedLines(lines, 'settings', (line) => {
      const [, , settings]: SettingsLine = JSON.parse(line);
      return settings;
    });
    this.#secrets = new ParsedLines(lines, 'secrets', (line) => {
      const [, , secrets]: SecretsLine = JSON.parse(line);
      return secrets;
    });
  }

  /**
   * Finds relying parties by their issuer and their client ids.
   *
   * @param iss the issuer, or an alias of it
   * @returns those that there are, in the order of the client ids; undefined where no relying party has the issuer
   */
  find(iss: string, clientIds: readonly string[]): RelyingParty[] | undefined {
    const found = this.#issuers.get(iss);
    return (
      found &&
      clientIds.flatMap((clientId) => {
        const number = found.clients.get(clientId);
        return number === undefined ? [] : [this.#relyingParty(found.issuer, clientId, number)];
      })
    );
  }

  /** Those of an issuer, or of an alias of it, that have front-channel logout turned on. */
  withFrontchannelLogout(iss: string): RelyingParty[] {
    return [...this.#lines.startingWith('frontchannel', iss)].flatMap((line) => this.#relyingPartiesOf(line));
  }

  /**
   * The secrets whose keys a token may be encrypted to.
   *
   * @param iss the issuer, or an alias of it; undefined where the token does not say it in clear
   * @param clientIds undefined where the token does not say them in clear
   */
  decryptionSecretIds(iss: string | undefined, clientIds: readonly unknown[] | undefined): string[] {
    const secrets = this.#secrets.get(iss ?? null) ?? [];
    const named = clientIds && new Set(clientIds);
    const fitting = named ? secrets.filter(([clientId]) => named.has(clientId)) : secrets;
    return [...new Set(fitting.map(([, secretId]) => secretId))];
  }

  /** A relying party of each issuer, at most so many: no more lines than these are parsed. */
  ofFirstIssuers(most: number): RelyingParty[] {
    const found: RelyingParty[] = [];
    for (const line of this.#lines.startingWith('clients')) {
      if (found.length === most) {
        break;
      }
      const [, iss, issuer, [first]]: ClientsLine = JSON.parse(line);
      if (iss === issuer && first) {
        found.push(this.#relyingParty(issuer, ...first));
      }
    }
    return found;
  }

  /** Every relying party, once. All of them are parsed. */
  all(): RelyingParty[] {
    return [...this.#lines.startingWith('clients')].flatMap((line) => {
      const [, iss, issuer]: ClientsLine = JSON.parse(line);
      return iss === issuer ? this.#relyingPartiesOf(line) : [];
    });
  }

  #relyingPartiesOf(line: string): RelyingParty[] {
    const [, , issuer, clients]: ClientsLine = JSON.parse(line);
    return clients.map(([clientId, number]) => this.#relyingParty(issuer, clientId, number));
  }

  #relyingParty(issuer: string, clientId: string, number: number): RelyingParty {
    const settings = this.#settings.get(number);
    if (!settings) {
      throw new Error(`there are no settings ${number}`);
    }
    return { ...settings, issuer, clientId };
  }
}

/** The index of relying parties that were checked. */
export function indexedRelyingParties(file: RelyingPartiesFile): RelyingPartiesIndex {
  return new RelyingPartiesIndex(indexLines(file));
}

/** What the index is kept in. Settings that are equal stand there once. */
export function indexLines({ relyingParties, maxBodyBytes, maxTokenBytes }: RelyingPartiesFile): SortedLines {
  const limits: LimitsLine = ['limits', maxBodyBytes, maxTokenBytes];
  const numbers = new Map<string, number>();
  const [clients, frontchannel] = [new Map<string, ClientsLine>(), new Map<string, ClientsLine>()];
  const secrets = new Map<string | null, SecretsLine>();
  for (const party of relyingParties) {
    const { issuer, clientId, ...settings } = party;
    // Sorted: in whatever order a file has them, the same settings are the same text.
    const json = JSON.stringify(Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))));
    const number = numbers.get(json) ?? numbers.size;
    numbers.set(json, number);
    for (const iss of issuersOf(party)) {
      lineOf(clients, iss, ['clients', iss, issuer, []])[3].push([clientId, number]);
      if (party.frontchannelLogout) {
        lineOf(frontchannel, iss, ['frontchannel', iss, issuer, []])[3].push([clientId, number]);
      }
    }
    const { decryptionKeys } = party;
    if (decryptionKeys) {
      for (const iss of [null, ...issuersOf(party)]) {
        lineOf(secrets, iss, ['secrets', iss, []])[2].push([clientId, decryptionKeys.secretId]);
      }
    }
  }
  return SortedLines.from([
    limits,
    ...Array.from(numbers, ([json, number]): SettingsLine => ['settings', number, JSON.parse(json)]),
    ...[...clients.values(), ...frontchannel.values(), ...secrets.values()],
  ]);
}

/** The line of a name; at first, the one that is given. */
function lineOf<Name, Line>(lines: Map<Name, Line>, name: Name, first: Line): Line {
  const line = lines.get(name) ?? first;
  lines.set(name, line);
  return line;
}
