import type { JudgedRule } from '../../../receiver/logout/rules.ts';
import { details, element } from './element.ts';

const MARKS = { passed: '✓', refused: '✗', unjudged: '–' };
const WORDS = { passed: 'passed', refused: 'refused', unjudged: 'not judged' };

/** The judge's rules in their order, and what became of the token at each. */
export function verdict(rules: readonly JudgedRule[]): HTMLDetailsElement {
  const refused = rules.findIndex(({ outcome }) => outcome === 'refused');
  const passed = rules.filter(({ outcome }) => outcome === 'passed').length;
  const all = passed === rules.length ? `All ${passed} rules passed` : `${passed} of ${rules.length} rules passed`;
  const summary = refused < 0 ? all : `Rule ${refused + 1} of ${rules.length} refuses it: ${rules[refused]?.title}`;
  const made = details(summary, () => element('ol', { class: 'rules' }, ...rules.map(ruleItem)));
  made.classList.add('verdict');
  // A refusal is what somebody looks for.
  made.open = refused >= 0;
  return made;
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
