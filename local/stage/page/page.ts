import type { NumberedEvent } from '../../watch/feed.ts';
import { element, part } from '../../watch/page/element.ts';
import { hearFeed } from '../../watch/page/event-source.ts';
import { openTimeline } from '../../watch/page/timeline.ts';
import { control, type Device, readStage } from './controls.ts';
import { makeDevice, type ShownDevice } from './devices.ts';
import { showTries } from './try-cards.ts';

const stage = await readStage();
const { addresses, accounts } = stage;
const devices = new Map<string, ShownDevice>();
const account = part('account', HTMLSelectElement);
const second = part('second', HTMLButtonElement);
const showEvent = openTimeline();

addDevice('laptop', 'Your laptop');
account.append(...accounts.map((name) => element('option', {}, name)));
const cards = showTries(
  part('tries', HTMLElement),
  async ({ does, opens }) => {
    if (opens) {
      devices.get('laptop')?.open(opens, '/login');
      devices.get('laptop')?.section.scrollIntoView();
    }
    return does && (await control(...does));
  },
  say,
);
cards.onStage(stage);
part('everywhere', HTMLButtonElement).addEventListener('click', async () => {
  say((await control('everywhere', { account: account.value })) ?? '');
});
second.addEventListener('click', () => {
  const { section } = addDevice('phone', 'Your phone');
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

/** Beside the windows, where it is seen also when the card that it is about is not. */
function say(text: string): void {
  part('told', HTMLElement).textContent = text;
}

async function onEvent(event: NumberedEvent): Promise<void> {
  showEvent(event);
  // Of what was before this page, only the list tells.
  if (event.at < performance.timeOrigin) {
    return;
  }
  cards.onEvent(event);
  if (event.type === 'stage') {
    account.value = event.account ?? account.value;
    for (const [name, device] of devices) {
      if (['signed-in', 'op-signed-out'].includes(event.what) && (event.device ?? name) === name) {
        device.refreshOp();
      }
    }
    cards.onStage(await readStage());
  }
}
