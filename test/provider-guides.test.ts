import { describe, expect, it } from 'vitest';
import { checkRelyingParties } from '../receiver/relying-parties/relying-parties.ts';
import type { RelyingParty } from '../receiver/relying-parties/relying-party.ts';
import { warningsAbout } from '../receiver/relying-parties/written-file.ts';
import { providerPages, providerRows, providerTable, readProviderGuide } from './provider-guide.ts';

const FORM = [
  'What to enter where',
  'The logout token as it comes',
  'When no token comes',
  'Retries, timeouts and success codes',
  'Known faults',
  'The relying parties entry',
  'What was run, and what was read',
];
const pages = providerPages();
const rows = providerRows();

it('the table of OPs has a row for each page, and no other', () => {
  expect(rows.map(({ page }) => page).toSorted()).toEqual(pages.toSorted());
});

it('the table of OPs explains the form of the pages', () => {
  const explained = [...providerTable().matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, heading]) => heading);
  expect(explained).toEqual(FORM);
});

describe.each(rows)('the page $page', ({ page, backChannel, typ, sendsAgain }) => {
  const { headings, relyingPartiesFiles, token } = readProviderGuide(page);
  const sendsTokens = backChannel.startsWith('yes');
  const relyingParties = (): RelyingParty[] =>
    relyingPartiesFiles.flatMap((file) => [...checkRelyingParties(JSON.parse(file), page).relyingParties]);

  it('has the form of all pages about an OP', () => {
    expect(headings).toEqual(FORM);
  });

  it('tells the claims of the logout token where the OP sends one', () => {
    const required = ['iss', 'aud', 'iat', 'jti', 'events'];
    expect(required.filter((claim) => token.claims.includes(claim))).toEqual(sendsTokens ? required : []);
  });

  it('has a relying parties entry that can be deployed, and names the algorithm', () => {
    expect(relyingParties()).not.toEqual([]);
    expect(warningsAbout(relyingParties())).toEqual([]);
  });

  it('asks in its entries for nothing that the OP does not send', () => {
    for (const party of relyingParties()) {
      expect(party.requireExp && !token.claims.includes('exp')).toBe(false);
      expect(party.typ === 'logout+jwt' && typ !== '`logout+jwt`').toBe(false);
      expect(party.replay === 'refuse' && sendsAgain !== 'no').toBe(false);
    }
  });

  it('bounds the age of tokens that have no exp', () => {
    const isBounded =
      token.claims.includes('exp') || relyingParties().every((party) => party.maxTokenAgeSeconds <= 300);
    expect(isBounded || !sendsTokens).toBe(true);
  });
});
