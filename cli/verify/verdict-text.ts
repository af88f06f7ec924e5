import type { JsonObject } from '../../receiver/logout/json-object.ts';
import { REASONS } from '../../receiver/logout/reasons.ts';
import { isoTime } from '../moment.ts';
import { printable, printableJson } from '../printable.ts';
import type { Style } from '../style.ts';
import type { Verdict } from './verdict.ts';

const MARKS = { passed: ['green', '✓'], refused: ['red', '✗'], unjudged: ['dim', '-'] } as const;
const OPEN = ['yellow', '?'] as const;
const TIME_CLAIMS = ['iat', 'exp', 'nbf', 'auth_time'];

/** A verdict for people. */
export function verdictText(verdict: Verdict, style: Style): string {
  const { encryption, header, claims } = verdict;
  return [
    summary(verdict, style),
    section('Header of the encryption', encryption, verdict, style),
    section('Header', header, verdict, style),
    section('Claims', claims, verdict, style),
    rules(verdict, style),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

function summary({ verdict, reason, asOf, why, hint, ends, keys }: Verdict, style: Style): string {
  const says = {
    accepted: () => style('green', 'Accepted'),
    refused: () => style('red', `Refused: ${reason}`),
    deferred: () => style('red', `Not accepted: ${reason}`),
    undecided: () => style('yellow', `Not decided: ${reason}`),
  }[verdict];
  const sentences = [
    reason && `${capitalized(REASONS[reason])}.`,
    hint,
    why && `The cause: ${why}`,
    verdict === 'deferred' &&
      'The receiver would answer "deferred", keep the token, and look for the key again for about a day.',
    verdict === 'undecided' && 'Whether the token is good is not known.',
    ...(ends ?? []).map(({ issuer, clientId, scope }) => {
      const whose = scope === 'sid' ? 'of its sid' : 'of its sub, on all devices,';
      return `It ends the sessions ${whose} at the client ${printableJson(clientId)} of ${printableJson(issuer)}.`;
    }),
    ends && 'Not known without the sessions table: whether it was delivered before.',
    keys.length > 0 && `Keys: ${keys.map((key) => printable(key)).join(', ')}.`,
  ];
  return [`${says()} (judged as of ${asOf})`, ...sentences.filter(Boolean).map((sentence) => `  ${sentence}`)].join(
    '\n',
  );
}

function section(title: string, object: JsonObject | undefined, { asOfSeconds }: Verdict, style: Style) {
  if (!object) {
    return undefined;
  }
  const names = Object.keys(object).map((name) => (/^[\w.#-]+$/.test(name) ? name : printableJson(name)));
  const width = Math.max(...names.map(({ length }) => length), 0);
  const lines = Object.entries(object).map(([name, value], place) => {
    const time = TIME_CLAIMS.includes(name) && typeof value === 'number' ? timeOf(value, asOfSeconds) : '';
    return `  ${names[place]?.padEnd(width)}  ${printableJson(value)}${time && style('dim', time)}`;
  });
  return [style('bold', title), ...lines].join('\n');
}

function timeOf(seconds: number, asOf: number): string {
  const time = isoTime(seconds);
  const distance = Math.round(seconds - asOf);
  const told = distance === 0 ? '' : `, ${Math.abs(distance)} s ${distance > 0 ? 'later' : 'earlier'}`;
  return time === undefined ? '' : `  ${time}${told}`;
}

function rules({ rules: all, reason, verdict }: Verdict, style: Style): string {
  const lines = all.map(({ id, title, section: from, outcome, needs }) => {
    // No rule is broken where the keys cannot be had, or may be published later.
    const isOpen = id === 'key' && outcome === 'unjudged' && (verdict === 'deferred' || verdict === 'undecided');
    const [colour, mark] = isOpen ? OPEN : MARKS[outcome];
    const why = outcome === 'refused' || isOpen ? `: ${reason}` : needs ? `: needs ${needs}` : '';
    return `  ${style(colour, mark)} ${title}${why} ${style('dim', `(${from})`)}`;
  });
  return [`${style('bold', 'Rules')} (✓ holds, ✗ does not hold, ? open, - not judged)`, ...lines].join('\n');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
