import { columns } from '../columns.ts';
import { textOfFindings } from '../finding.ts';
import { FIELD_NAMES } from '../openid-provider/provider-metadata.ts';
import { printable, printableJson } from '../printable.ts';
import type { Style } from '../style.ts';
import type { Discovery } from './discovery.ts';
import type { PublishedKey } from './published-keys.ts';

/** What was found out about an OP, for people. */
export function discoveryText(discovery: Discovery, style: Style): string {
  const { issuer, keys, findings, chosen, relyingParty } = discovery;
  const sections = [
    `${style('bold', printable(issuer))}\n${columns(metadataRows(discovery))}`,
    ...(keys.length > 0 ? [`${style('bold', 'Keys')}\n${columns(keyRows(keys))}`] : []),
    `${style('bold', 'What works, and what does not')}\n${textOfFindings(findings, style)}`,
    ...(chosen && relyingParty
      ? [
          `${style('bold', 'Relying parties file')}\n${chosen.reason}\n${printableJson({ relyingParties: [relyingParty] }, 2)}`,
        ]
      : []),
  ];
  return sections.join('\n\n');
}

function metadataRows({ discoveryUrl, document, metadata }: Discovery): string[][] {
  const rows = [['discovery document', printable(discoveryUrl)]];
  if (document) {
    const { ageSeconds, cacheControl = 'no Cache-Control', freshSeconds } = document;
    rows.push(['its age', `${ageSeconds} s; used for ${freshSeconds} s (${printable(cacheControl, 80)})`]);
    const named = FIELD_NAMES.filter((name) => name !== 'issuer');
    rows.push(...named.map((name) => [name, shown(metadata[name])]));
  }
  return rows;
}

function keyRows(keys: readonly PublishedKey[]): string[][] {
  return [
    ['kid', 'use', 'alg', 'type', 'verifies'],
    ...keys.map(({ kid, use, alg, kty, size, verifies }) => [
      shown(kid),
      shown(use),
      shown(alg),
      [shown(kty), size === undefined ? '' : printable(String(size), 20)].join(' ').trim(),
      verifies.join(' ') || 'nothing',
    ]),
  ];
}

function shown(value: string | boolean | readonly string[] | undefined): string {
  if (value === undefined) {
    return '-';
  }
  return printable(Array.isArray(value) ? value.join(' ') : String(value), 120);
}
