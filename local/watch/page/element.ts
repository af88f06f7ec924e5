/** Turn the direction of text, and with it the order of the sentence that they stand in. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Of a text in a box of its own. */
const MOST_CHARACTERS = 20_000;

/**
 * Makes an element. Text is never read as HTML, and cannot turn what stands beside it: tokens hold what strangers write.
 *
 * @param attributes those that are undefined or false are left out
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      made.setAttribute(attribute, value === true ? '' : value);
    }
  }
  for (const child of children) {
    made.append(typeof child === 'string' ? child.replaceAll(DIRECTIONS, '\ufffd') : (child ?? ''));
  }
  return made;
}

/** A part that opens when it is asked for, and is made then: most are never looked at. */
export function details(summary: string, content: () => Node): HTMLDetailsElement {
  const made = element('details', {}, element('summary', {}, summary));
  made.addEventListener('toggle', () => made.append(content()), { once: true });
  return made;
}

/** JSON, indented. The region can be reached with the keyboard, since it may scroll. */
export function json(value: unknown, label: string): HTMLElement {
  return scrollable(JSON.stringify(value, undefined, 2), label);
}

export function scrollable(text: string, label: string, className?: string): HTMLElement {
  const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}… (${text.length} characters)` : text;
  return element('pre', { class: className, tabindex: '0', role: 'group', 'aria-label': label }, shown);
}

/**
 * The page's own part with this id.
 *
 * @throws Error where the page has none
 */
export function part<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) {
    throw new Error(`the page has no ${kind.name} #${id}`);
  }
  return found;
}
