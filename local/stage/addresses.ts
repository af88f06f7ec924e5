import { PAGE_HOST } from '../watch/watch-page.ts';

/** Each device is a cookie jar of its own, since each has host names of its own. */
export const DEVICES = ['laptop', 'phone'] as const;
export type Device = (typeof DEVICES)[number];

/** What the browser shows in frames. */
export const PARTS = ['op', 'shop', 'mail'] as const;
export type Part = (typeof PARTS)[number];
export type PartPorts = Readonly<Record<Part, number>>;

/** All names are of one site with the page, so that cookies with SameSite=Lax work in frames. */
const SITE = PAGE_HOST;

/** Names of the page. By the second one, programs find it: they need not resolve the first. */
export const PAGE_HOSTS = [PAGE_HOST, '127.0.0.1'];

/** Where a browser finds all of it. */
export interface StageAddresses {
  readonly page: string;
  readonly devices: Readonly<Record<Device, Readonly<Record<Part, string>>>>;
}

export function stageAddresses(pagePort: number, ports: PartPorts): StageAddresses {
  const partsOn = (device: Device) => ({
    op: deviceUrl('op', device, ports),
    shop: deviceUrl('shop', device, ports),
    mail: deviceUrl('mail', device, ports),
  });
  return { page: `http://${SITE}:${pagePort}`, devices: { laptop: partsOn('laptop'), phone: partsOn('phone') } };
}

function deviceUrl(part: Part, device: Device, ports: PartPorts): string {
  return `http://${part}.${device}.${SITE}:${ports[part]}`;
}

/** Of all parts on all devices. */
export function deviceUrls(ports: PartPorts): string[] {
  return DEVICES.flatMap((device) => PARTS.map((part) => deviceUrl(part, device, ports)));
}

/** As servers and configuration name it. */
export function loopbackUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** @param host of a request, with its port */
export function deviceOf(host: string): Device | undefined {
  return DEVICES.find((device) => host.includes(`.${device}.${SITE}:`));
}

/** What a part answers to; under any other name, a web page could have led a browser here (DNS rebinding). */
export function hostsOf(part: Part, ports: PartPorts): ReadonlySet<string> {
  const urls = [loopbackUrl(ports[part]), ...DEVICES.map((device) => deviceUrl(part, device, ports))];
  return new Set(urls.map((url) => new URL(url).host));
}

/**
 * What a browser is sent to instead of an address on loopback: the name of its device.
 *
 * @param location of an answer
 * @param host of its request
 */
export function onDevice(location: string, host: string, ports: PartPorts): string {
  const device = deviceOf(host);
  const part = PARTS.find((name) => URL.canParse(location) && new URL(location).origin === loopbackUrl(ports[name]));
  return device && part ? location.replace(loopbackUrl(ports[part]), deviceUrl(part, device, ports)) : location;
}
