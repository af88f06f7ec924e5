import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startParts } from '../local/stage/sample-parts.ts';

describe('the page of the shop', () => {
  const ended = (clientId: string, creation: string) => `${JSON.stringify({ detail: { clientId, creation } })}\n`;

  /** Starts the shop, whose readers of the event bus arrive one after the other. */
  async function startShop() {
    const { readable, writable } = new TransformStream<ServerResponse, ServerResponse>();
    const [readers, arrivals] = [readable.getReader(), writable.getWriter()];
    const nextReader = async () => {
      const { value } = await readers.read();
      if (!value) {
        throw new Error('nobody reads the event bus');
      }
      value.flushHeaders();
      return value;
    };
    const parts = await startParts({ eventBus: (response) => void arrivals.write(response) });
    const reader = await nextReader();
    await parts.signIn('shop');
    const subject = { issuer: parts.urls.op, clientId: 'shop', sub: 'alice' };
    const [{ creation } = { creation: '' }] = await parts.stores.shop.list(subject);
    const headers = { cookie: `shop=${parts.browser.cookie(parts.urls.shop, 'shop')}` };
    return {
      ...{ ...parts, reader, nextReader, subject, creation },
      /** Waits until the page listens. @returns what it hears until its stream ends */
      async listen() {
        const response = await fetch(`${parts.urls.shop}/session-end`, { headers });
        return { heard: response.text() };
      },
    };
  }

  it('hears of the end of its session after a line that cannot be read', async () => {
    const { reader, creation, listen } = await startShop();
    const { heard } = await listen();
    reader.write(`not JSON\n{"detail":{}}\n${ended('mail', creation)}${ended('shop', creation)}`);
    expect(await heard).toBe('data: ended\n\n');
  });

  it.each([
    ['ends', (reader: ServerResponse) => reader.end()],
    ['is cut', (reader: ServerResponse) => reader.destroy()],
  ])('hears of the end of its session after the stream of events %s', async (_how, end) => {
    const { reader, nextReader, creation, listen } = await startShop();
    const { heard } = await listen();
    end(reader);
    const next = await nextReader();
    // The browser opens the stream again.
    expect(await heard).toBe('');
    const { heard: heardThen } = await listen();
    next.write(ended('shop', creation));
    expect(await heardThen).toBe('data: ended\n\n');
  });

  it('hears of an end that came while the shop read no events', async () => {
    const { reader, nextReader, stores, subject, listen } = await startShop();
    const { heard } = await listen();
    reader.end();
    await once(reader, 'close');
    await stores.shop.endSessions(subject, Math.floor(Date.now() / 1000));
    await nextReader();
    expect(await heard).toBe('');
    expect(await (await listen()).heard).toBe('data: ended\n\n');
  });
});
