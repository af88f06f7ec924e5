import type { NumberedEvent } from '../../watch/feed.ts';
import { element, part } from '../../watch/page/element.ts';
import { hearFeed } from '../../watch/page/event-source.ts';
import { openTimeline } from '../../watch/page/timeline.ts';
import { control, type Device, readStage } from './controls.ts';
import { makeDevice, type ShownDevice } from './devices.ts';
import { showTries } from './try-cards.ts';

const { addresses, accounts } = await readStage();
const devices = new Map<string, ShownDevice>();
const account = part('account', HTMLSelectElement);
const second = part('second', HTMLButtonElement);
const showEvent = openTimeline();

addDevice('laptop', 'Your laptop');
account.append(...accounts.map((name) => element('option', {}, name)));
const showOutcome = showTries(part('tries', HTMLElement), async ({ does, opens }) => {
  if (opens) {
    devices.get('laptop')?.open(opens, '/login');
  }
  return does && (await control(...does));
});
part('everywhere', HTMLButtonElement).addEventListener('click', async () => {
  const problem = await control('everywhere', { account: account.value });
  part('status', HTMLElement).textContent = problem ?? '';
});
second.addEventListener('click', () => {
  const { section } = addDevice('phone', 'Your phone: a browser of its own');
  second.remove();
  section.querySelector('button')?.focus();
});
hearFeed(onEvent);

function addDevice(name: Device, title: string): ShownDevice {
  const device = makeDevice(name, title, addresses[name]);
  devices.set(name, device);
  part('devices', HTMLElement).append(device.section);
  return device;
}

function onEvent(event: NumberedEvent): void {
  showEvent(event);
  showOutcome(event);
  if (event.type === 'stage' && ['signed-in', 'op-signed-out'].includes(event.what)) {
    account.value = typeof event.account === 'string' ? event.account : account.value;
    // The OP's own window does not know that somebody signed in or out beside it.
    for (const [name, device] of devices) {
      if (event.device === undefined || event.device === name) {
        device.open('op', '/');
      }
    }
  }
}
