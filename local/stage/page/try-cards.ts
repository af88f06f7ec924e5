import type { NumberedEvent } from '../../watch/feed.ts';
import { element } from '../../watch/page/element.ts';
import { type Step, TRIES, type Try } from './tries.ts';

interface Card extends Pick<Try, 'cameTrue'> {
  readonly article: HTMLElement;
  tell(text: string, isTrue: boolean): void;
}

/**
 * Shows the things to try.
 *
 * @param take takes a step; resolves to why it cannot be taken
 * @returns to be told of each event: it shows what came of what was tried last
 */
export function showTries(
  place: HTMLElement,
  take: (step: Step) => Promise<string | undefined>,
): (event: NumberedEvent) => void {
  let current: Card | undefined;
  const begin = (card: Card) => {
    current = card;
  };
  for (const { title, tries } of TRIES) {
    const cards = tries.map((each) => tryCard(each, take, begin).article);
    place.append(element('h3', {}, title), element('div', { class: 'cards' }, ...cards));
  }
  return (event) => {
    const words = current?.cameTrue(event);
    if (words !== undefined) {
      current?.tell(words, true);
    }
  };
}

function tryCard(
  { id, title, expect, steps, cameTrue }: Try,
  take: (step: Step) => Promise<string | undefined>,
  begin: (card: Card) => void,
): Card {
  const outcome = element('p', { class: 'outcome', role: 'status' });
  const button = element('button', { type: 'button', class: 'quiet' }, steps[0].button);
  const article = element(
    'article',
    { class: 'card', 'data-try': id },
    element('h4', {}, title),
    element('p', {}, expect),
    button,
    outcome,
  );
  const tell = (text: string, isTrue: boolean) => {
    outcome.textContent = text;
    outcome.dataset.true = String(isTrue);
  };
  const card = { article, cameTrue, tell };
  let next = 0;
  button.addEventListener('click', async () => {
    begin(card);
    const step = steps[next] ?? steps[0];
    tell(step.afterwards ?? '', false);
    button.disabled = true;
    const problem = await take(step);
    button.disabled = false;
    if (problem !== undefined) {
      tell(problem, false);
      return;
    }
    next = (next + 1) % steps.length;
    button.textContent = (steps[next] ?? steps[0]).button;
  });
  return card;
}
