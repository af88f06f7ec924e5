/**
 * Makes an element. Text is never read as HTML: tokens hold what strangers write.
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
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** A part that opens when it is asked for. */
export function details(summary: string, ...children: readonly Node[]): HTMLDetailsElement {
  return element('details', {}, element('summary', {}, summary), ...children);
}

/** JSON, indented. The region can be reached with the keyboard, since it may scroll. */
export function json(value: unknown, label: string): HTMLElement {
  return scrollable(JSON.stringify(value, undefined, 2), label);
}

export function scrollable(text: string, label: string, className?: string): HTMLElement {
  return element('pre', { class: className, tabindex: '0', role: 'group', 'aria-label': label }, text);
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
