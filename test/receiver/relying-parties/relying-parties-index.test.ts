import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkRelyingParties, type RelyingPartiesFile } from '../../../receiver/relying-parties/relying-parties.ts';
import { indexedRelyingParties, indexLines } from '../../../receiver/relying-parties/relying-parties-index.ts';
import { issuersOf, type RelyingParty } from '../../../receiver/relying-parties/relying-party.ts';

/** Some begin like others, some sort otherwise in UTF-8 than in UTF-16, and some are names that objects have anyway. */
const NAMES = [
  ...['https://op.test', 'https://op.test/', 'https://op.test/a', 'https://op.test"', 'https://op.test","shop', 'null'],
  ...['__proto__', 'constructor', 'toString', '', 'a\nb', '\ufb01', '\u{1f511}', '\ud83d'],
];
const [BASE] = checkRelyingParties(
  { relyingParties: [{ issuer: 'https://op.test', clientId: 'a' }] },
  'f',
).relyingParties;

const fileOf = (relyingParties: readonly RelyingParty[]): RelyingPartiesFile => ({
  relyingParties,
  maxBodyBytes: 2048,
  maxTokenBytes: 1024,
});

/** As a file can hold them: each name stands for one issuer, and each pair of issuer and client id is there once. */
const someParties = fc
  .uniqueArray(
    fc.record({
      owner: fc.integer({ min: 0, max: NAMES.length - 1 }),
      clientId: fc.constantFrom(...NAMES),
      aliases: fc.uniqueArray(fc.integer({ min: 1, max: 3 })),
      maxTokenAgeSeconds: fc.constantFrom(60, 120),
      frontchannelLogout: fc.boolean(),
      secretId: fc.constantFrom(undefined, 'one', 'two'),
    }),
    { selector: ({ owner, clientId }) => JSON.stringify([owner - (owner % 4), clientId]), maxLength: 20 },
  )
  .map((chosen) =>
    chosen.map(({ owner, clientId, aliases, secretId, ...settings }): RelyingParty => {
      // Of four names that follow each other, one is the issuer, and the others are its aliases.
      const first = owner - (owner % 4);
      return {
        ...(BASE ?? fail()),
        ...settings,
        issuer: NAMES[first] ?? fail(),
        issuerAliases: aliases.flatMap((offset) => NAMES[first + offset] ?? []),
        clientId,
        ...(secretId !== undefined && { decryptionKeys: { secretId } }),
      };
    }),
  );

function fail(): never {
  throw new Error('a name is missing');
}

const sorted = (relyingParties: readonly RelyingParty[] = []) =>
  relyingParties.map((party) => JSON.stringify(Object.entries(party).sort())).sort();

describe('an index of relying parties', () => {
  it('finds what a look at each of them finds', () => {
    fc.assert(
      fc.property(someParties, fc.subarray(NAMES), (relyingParties, clientIds) => {
        const index = indexedRelyingParties(fileOf(relyingParties));
        expect(sorted(index.all())).toEqual(sorted(relyingParties));
        const secretIds = (parties: readonly RelyingParty[]) =>
          [...new Set(parties.flatMap(({ decryptionKeys }) => decryptionKeys?.secretId ?? []))].sort();
        const named = (party: RelyingParty) => clientIds.includes(party.clientId);
        for (const iss of NAMES) {
          const clients = relyingParties.filter((party) => issuersOf(party).includes(iss));
          expect(index.find(iss, clientIds) === undefined).toBe(clients.length === 0);
          expect(sorted(index.find(iss, clientIds))).toEqual(sorted(clients.filter(named)));
          expect(sorted(index.withFrontchannelLogout(iss))).toEqual(
            sorted(clients.filter(({ frontchannelLogout }) => frontchannelLogout)),
          );
          expect(index.decryptionSecretIds(iss, undefined).sort()).toEqual(secretIds(clients));
          expect(index.decryptionSecretIds(iss, [...clientIds, 1, null]).sort()).toEqual(
            secretIds(clients.filter(named)),
          );
        }
        expect(index.decryptionSecretIds(undefined, undefined).sort()).toEqual(secretIds(relyingParties));
        expect(index.decryptionSecretIds(undefined, clientIds).sort()).toEqual(secretIds(relyingParties.filter(named)));
        expect(index).toMatchObject({ maxBodyBytes: 2048, maxTokenBytes: 1024 });
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});

describe('of 10,000 relying parties', () => {
  afterEach(() => vi.restoreAllMocks());

  /** @returns the texts that are parsed meanwhile */
  function parsedIn(act: () => unknown): string[] {
    const parse = vi.spyOn(JSON, 'parse');
    act();
    const texts = parse.mock.calls.map(([text]) => text);
    parse.mockRestore();
    return texts;
  }

  const issuerOf = (number: number) => `https://op.test/tenants/${number}`;
  const relyingParties = Array.from({ length: 10_000 }, (_, number) => ({
    ...(BASE ?? fail()),
    issuer: issuerOf(number >> 1),
    clientId: `client-${number % 2}`,
  }));
  const index = indexedRelyingParties(fileOf(relyingParties));

  it('a look-up parses the two of its issuer, once', () => {
    const find = () => expect(index.find(issuerOf(4321), ['client-1'])).toEqual([relyingParties[8643]]);
    const texts = parsedIn(find);
    expect(texts).toEqual([
      `["clients","${issuerOf(4321)}","${issuerOf(4321)}",[["client-0",0],["client-1",0]]]`,
      expect.stringMatching(/^\["settings",0,\{/),
    ]);
    expect(parsedIn(find)).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ['an issuer that none has', () => index.find('https://op.test/tenants/', ['client-1'])],
    ['front-channel logout, which none has on', () => index.withFrontchannelLogout(issuerOf(4321))],
    ['decryption keys, which none has', () => index.decryptionSecretIds(undefined, undefined)],
  ])('a look-up of %s parses none', (_case, lookUp) => {
    expect(parsedIn(lookUp)).toEqual([]);
  });

  it('one that is like many others takes little more than its names', () => {
    const bytes = (count: number) => indexLines(fileOf(relyingParties.slice(0, count))).bytes.length;
    expect((bytes(10_000) - bytes(5000)) / 5000).toBeLessThan(60);
  });

  it('a look-up compares as many lines as a binary search does', () => {
    const compare = vi.spyOn(Buffer.prototype, 'compare');
    index.find(issuerOf(1234), ['client-1']);
    // A binary search among 5,002 lines.
    expect(compare.mock.calls.length).toBeLessThanOrEqual(13);
    expect(compare.mock.calls.length).toBeGreaterThan(0);
  });
});
