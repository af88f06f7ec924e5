import { element } from '../../watch/page/element.ts';
import type { Addresses } from './controls.ts';

type Name = keyof Addresses;

const WINDOWS: readonly { name: Name; title: string; about: string }[] = [
  { name: 'op', title: 'OP', about: 'knows who you are' },
  { name: 'shop', title: 'Shop', about: 'session in the table' },
  { name: 'mail', title: 'Mail', about: 'session in a cookie' },
];

/** Until the browser has the OP's cookie, which comes with the answer that an event is about. */
const COOKIE_MILLISECONDS = 700;

export interface ShownDevice {
  readonly section: HTMLElement;
  /** Goes to a path in one of the windows. */
  open(name: Name, path: string): void;
  /** The OP's window does not know that somebody signed in or out beside it. Does nothing where it has been used since. */
  refreshOp(): void;
}

/** Makes a device: a browser of its own, with a window for the OP and one for each application. */
export function makeDevice(name: string, title: string, addresses: Addresses): ShownDevice {
  const frames = new Map(
    WINDOWS.map((each) => [
      each.name,
      element('iframe', { title: `${each.title} on the ${name}`, src: addresses[each.name], 'data-window': each.name }),
    ]),
  );
  let refreshing: ReturnType<typeof setTimeout> | undefined;
  const open = (window: Name, path: string) => {
    if (window === 'op') {
      clearTimeout(refreshing);
    }
    frames.get(window)?.setAttribute('src', `${addresses[window]}${path}`);
  };
  const button = (label: string, window: Name, path: string, className?: string) => {
    const made = element('button', { type: 'button', class: className }, label);
    made.addEventListener('click', () => open(window, path));
    return made;
  };
  const bar = element(
    'div',
    { class: 'bar' },
    element('h3', {}, title),
    button('Sign in to the shop', 'shop', '/login'),
    button('Sign in to the mail', 'mail', '/login'),
    button('Sign out at the OP', 'op', '/sign-out', 'danger'),
  );
  const windows = WINDOWS.map((each) =>
    element('figure', {}, caption(each.title, each.about, addresses[each.name]), frames.get(each.name)),
  );
  const section = element(
    'section',
    { class: 'device', 'data-device': name, 'aria-label': title },
    bar,
    element('div', { class: 'windows' }, ...windows),
  );
  return {
    section,
    open,
    refreshOp() {
      clearTimeout(refreshing);
      refreshing = setTimeout(() => open('op', '/'), COOKIE_MILLISECONDS);
    },
  };
}

function caption(title: string, about: string, address: string): HTMLElement {
  return element(
    'figcaption',
    {},
    element('strong', {}, title),
    element('span', {}, about),
    element('code', {}, new URL(address).hostname),
  );
}
