import { describe, expect, it } from 'vitest';
import { deviceOf, hostsOf, onDevice } from '../../../local/stage/addresses.ts';

const ports = { op: 8082, shop: 8083, mail: 8084 };
const [laptop, phone] = ['shop.laptop.logout.localhost:8083', 'shop.phone.logout.localhost:8083'];

describe('the addresses of the stage', () => {
  it.each([
    [
      'the OP, on the device',
      'http://127.0.0.1:8082/auth?a=b',
      laptop,
      'http://op.laptop.logout.localhost:8082/auth?a=b',
    ],
    ['another device', 'http://127.0.0.1:8084/callback', phone, 'http://mail.phone.logout.localhost:8084/callback'],
    ['an address without a path', 'http://127.0.0.1:8083', laptop, 'http://shop.laptop.logout.localhost:8083'],
    ['the port of a part in a query', '/login?to=http://127.0.0.1:8083', laptop, '/login?to=http://127.0.0.1:8083'],
    ['another port', 'http://127.0.0.1:80830/', laptop, 'http://127.0.0.1:80830/'],
    ['the receiver', 'http://127.0.0.1:8080/', laptop, 'http://127.0.0.1:8080/'],
    ['somewhere else', 'https://example.com/', laptop, 'https://example.com/'],
    ['a path', '/?ended', laptop, '/?ended'],
    ['no device', 'http://127.0.0.1:8082/auth', '127.0.0.1:8083', 'http://127.0.0.1:8082/auth'],
  ])('send a browser to the name of its device: %s', (_what, location, host, expected) => {
    expect(onDevice(location, host, ports)).toBe(expected);
  });

  it('tell the device of a request, and only by names of the stage', () => {
    expect([laptop, phone, '127.0.0.1:8083', 'shop.laptop.evil.example:8083'].map(deviceOf)).toEqual([
      'laptop',
      'phone',
      undefined,
      undefined,
    ]);
  });

  it('are those that a part answers to: loopback and its name on each device', () => {
    expect([...hostsOf('shop', ports)]).toEqual(['127.0.0.1:8083', laptop, phone]);
  });
});
