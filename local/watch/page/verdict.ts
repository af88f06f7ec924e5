import type { JudgedRule } from '../../../receiver/logout/rules.ts';
import { details, element } from './element.ts';

const MARKS = { passed: '✓', refused: '✗', unjudged: '–' };
const WORDS = { passed: 'passed', refused: 'refused', unjudged: 'not judged' };

/** What became of the token: the rule that refuses it, and all rules in the judge's order for who wants to see them. */
export function verdict(rules: readonly JudgedRule[]): HTMLElement {
  const refused = rules.find(({ outcome }) => outcome === 'refused');
  const passed = rules.filter(({ outcome }) => outcome === 'passed').length;
  const count = passed === rules.length ? `All ${passed}` : `${passed} of ${rules.length}`;
  const summary = `${count} rules passed${refused ? ' before that' : ''}`;
  return element(
    'div',
    { class: 'verdict' },
    refused && element('ul', { class: 'rules' }, ruleItem(refused)),
    details(summary, () => element('ol', { class: 'rules' }, ...rules.map(ruleItem))),
  );
}

function ruleItem({ title, section, url, outcome }: JudgedRule): HTMLElement {
  return element(
    'li',
    { class: outcome },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, MARKS[outcome]),
    element('span', {}, title, element('span', { class: 'unseen' }, `: ${WORDS[outcome]}`)),
    element('a', { href: url, target: '_blank', rel: 'noreferrer' }, section),
  );
}
