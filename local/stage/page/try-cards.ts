import type { NumberedEvent } from '../../watch/feed.ts';
import { element } from '../../watch/page/element.ts';
import type { Stage } from './controls.ts';
import { type Step, TRIES, type Try } from './tries.ts';

export interface Cards {
  /** Shows what came of what was tried last. */
  onEvent(event: NumberedEvent): void;
  /** Shows the step that makes sense now, also where another page has taken the one before. */
  onStage(stage: Stage): void;
}

interface Card extends Pick<Try, 'cameTrue'> {
  readonly article: HTMLElement;
  readonly onStage: Cards['onStage'];
  tell(text: string, isTrue: boolean): void;
}

/**
 * Shows the things to try.
 *
 * @param take takes a step; resolves to why it cannot be taken
 * @param say is told what a card says, for who does not see the card
 */
export function showTries(
  place: HTMLElement,
  take: (step: Step) => Promise<string | undefined>,
  say: (text: string) => void,
): Cards {
  let current: Card | undefined;
  const begin = (card: Card) => {
    current = card;
  };
  const all = TRIES.flatMap(({ title, tries }) => {
    const cards = tries.map((each) => tryCard(each, take, say, begin));
    const articles = cards.map(({ article }) => article);
    place.append(element('h3', {}, title), element('div', { class: 'cards' }, ...articles));
    return cards;
  });
  return {
    onEvent(event) {
      const words = current?.cameTrue(event);
      if (words !== undefined) {
        current?.tell(words, true);
      }
    },
    onStage(stage) {
      for (const card of all) {
        card.onStage(stage);
      }
    },
  };
}

function tryCard(
  { id, title, expect, steps, isBegun, cameTrue }: Try,
  take: (step: Step) => Promise<string | undefined>,
  say: (text: string) => void,
  begin: (card: Card) => void,
): Card {
  let step: Step = steps[0];
  const outcome = element('p', { class: 'outcome' });
  const button = element('button', { type: 'button', class: 'quiet' }, step.button);
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
    say(text);
  };
  const onStage = (stage: Stage) => {
    step = (isBegun?.(stage) ? steps[1] : undefined) ?? steps[0];
    button.textContent = step.button;
  };
  const card = { article, cameTrue, onStage, tell };
  button.addEventListener('click', async () => {
    begin(card);
    tell(step.afterwards ?? '', false);
    button.disabled = true;
    const problem = await take(step);
    button.disabled = false;
    if (problem !== undefined) {
      tell(problem, false);
    }
  });
  return card;
}
