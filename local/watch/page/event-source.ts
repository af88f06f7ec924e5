import type { NumberedEvent } from '../feed.ts';
import { part } from './element.ts';

/**
 * Hears of each event once, also when the connection breaks: the browser connects again and says what it had last. Says
 * on the page whether the connection stands.
 */
export function hearFeed(onEvent: (event: NumberedEvent) => void): void {
  const connection = part('connection', HTMLElement);
  const say = (isConnected: boolean) => {
    connection.textContent = isConnected ? 'live' : 'not connected: does the local run still run?';
    connection.dataset.connected = String(isConnected);
  };
  const source = new EventSource('/events');
  source.addEventListener('open', () => say(true));
  source.addEventListener('error', () => say(false));
  // The server is our own and of the same build.
  source.addEventListener('message', ({ data }) => onEvent(JSON.parse(data)));
}
