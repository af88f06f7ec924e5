import type { Response } from 'express';
import type { SessionStore } from 'logout-receiver/sessions';

/** The pages that are open in browsers, each with a stream of server-sent events: they hear when their session ends. */
export class OpenPages {
  readonly #pages = new Map<string, Set<Response>>();
  readonly #sessions: SessionStore;

  constructor(sessions: SessionStore) {
    this.#sessions = sessions;
  }

  /** Keeps the response open until the session ends. `id` is that of the session, from the cookie. */
  async open(response: Response, id: string): Promise<void> {
    const session = await this.#sessions.get(id);
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    if (!session) {
      tell(response);
      return;
    }
    const { creation } = session;
    const pages = this.#pages.get(creation) ?? new Set();
    this.#pages.set(creation, pages.add(response));
    response.once('close', () => {
      pages.delete(response);
      if (pages.size === 0 && this.#pages.get(creation) === pages) {
        this.#pages.delete(creation);
      }
    });
    // Registered first, and read again: of an end and an opening that race, at least one sees the other.
    if ((await this.#sessions.get(id))?.creation !== creation) {
      tell(response);
    }
  }

  /** For when ends may have been missed: browsers open a stream that has ended again, and `open` reads the session. */
  reopen(): void {
    for (const response of [...this.#pages.values()].flatMap((pages) => [...pages])) {
      response.end();
    }
  }

  /** `creation` is that of a session-ended event. */
  end(creation: string): void {
    for (const response of this.#pages.get(creation) ?? []) {
      tell(response);
    }
  }
}

function tell(response: Response): void {
  response.end('data: ended\n\n');
}
