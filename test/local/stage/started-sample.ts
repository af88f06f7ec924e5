import { afterAll, beforeAll, expect, inject } from 'vitest';
import * as z from 'zod/mini';
import type { Device, Part } from '../../../local/stage/addresses.ts';
import { FROM_SOURCES, startReadyProcess } from '../../ready-process.ts';
import { eventSource, type FedEvent } from '../watch/event-source.ts';
import { DeviceBrowser, type ShownPage } from './device-browser.ts';

const Parts = z.object({ op: z.string(), shop: z.string(), mail: z.string() });
const Ready = z.object({
  endpoint: z.string(),
  page: z.string(),
  stage: z.object({ page: z.string(), devices: z.object({ laptop: Parts, phone: Parts }) }),
});
const State = z.looseObject({ keys: z.object({ kid: z.string(), offline: z.boolean() }), held: z.number() });
const Acted = z.object({
  problem: z.optional(z.string()),
  answer: z.optional(z.object({ status: z.number(), body: z.string() })),
});

/** What `npm start` without relying parties runs, as browsers and the page see it. */
export interface StartedSample {
  readonly ready: z.infer<typeof Ready>;
  /** URL of the page by a name that programs can resolve. */
  readonly page: string;
  state(): Promise<z.infer<typeof State>>;
  /** Presses a button of the page. */
  act(path: string, body?: object): Promise<{ status: number } & z.infer<typeof Acted>>;
  stop(): Promise<void>;
}

/** The sample that the tests of a file share. */
export interface SharedSample extends Omit<StartedSample, 'stop'> {
  /** Waits for an event of the feed that comes after those which were waited for before. */
  nextWhere(isWanted: (event: FedEvent) => boolean): Promise<FedEvent>;
  /** Waits for an event of the stage. */
  happened(what: string): Promise<FedEvent>;
}

/** Starts the sample once for the tests of a file. */
export function useSample(): SharedSample {
  const state: { started?: StartedSample } = {};
  /** Of the feed, which begins with what happened in earlier tests. */
  let lastEventId = 0;
  beforeAll(async () => {
    state.started = await startSample();
  });
  afterAll(() => state.started?.stop());
  const started = (): StartedSample => {
    if (!state.started) {
      throw new Error('no test is running');
    }
    return state.started;
  };
  const nextWhere = async (isWanted: (event: FedEvent) => boolean) => {
    const events = await eventSource(`${started().page}/events`, lastEventId);
    const event = await events.nextWhere(isWanted);
    lastEventId = event.id;
    return event;
  };
  return {
    get ready() {
      return started().ready;
    },
    get page() {
      return started().page;
    },
    state: () => started().state(),
    act: (path, body) => started().act(path, body),
    nextWhere,
    happened: (what) => nextWhere((event) => event.what === what),
  };
}

async function startSample(): Promise<StartedSample> {
  // `npm test` has it built, with the synth of the test run, which takes a third of the time.
  const args = process.env.WHOLE_PROOFS === 'true' ? FROM_SOURCES : [inject('startFile'), '--port', '0', '--json'];
  const run = await startReadyProcess(args, {
    SHARED_STACKS_FILE: inject('stacksFile'),
    // No proxy reaches loopback.
    ...{ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:1' },
  });
  const ready = Ready.parse(run.ready);
  const page = `http://127.0.0.1:${new URL(ready.page).port}`;
  return {
    ready,
    page,
    state: async () => State.parse(await (await fetch(`${page}/stage`)).json()),
    async act(path, body = {}) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${page}/stage/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, ...Acted.parse(await response.json()) };
    },
    stop: run.stop,
  };
}

/** Somebody with a device: each has cookies of its own. */
export class User {
  readonly #browser = new DeviceBrowser();
  readonly #urls: Readonly<Record<Part, string>>;
  readonly #account: string;

  constructor({ ready }: Pick<StartedSample, 'ready'>, account: string, device: Device) {
    this.#account = account;
    this.#urls = ready.stage.devices[device];
  }

  async open(part: Part, path = '/'): Promise<ShownPage> {
    return await this.#browser.open(`${this.#urls[part]}${path}`);
  }

  /** Goes to the OP and back, with or without being asked there who it is. @returns where that ends */
  async signIn(part: 'shop' | 'mail'): Promise<ShownPage> {
    const shown = await this.open(part, '/login');
    return shown.url.startsWith(this.#urls.op) ? await this.#browser.press(shown, this.#account) : shown;
  }

  async signedIn(...parts: ('shop' | 'mail')[]): Promise<this> {
    for (const part of parts) {
      await this.signIn(part);
      expect(await this.at(part)).toBe(`Signed in as ${this.#account}`);
    }
    return this;
  }

  async signOutAtOp(): Promise<void> {
    const shown = await this.#browser.press(await this.open('op', '/sign-out'), 'Sign out');
    expect(statusOf(shown)).toBe('Nobody is signed in here.');
  }

  /** What a part says of who is signed in. */
  async at(part: Part): Promise<string> {
    return statusOf(await this.open(part));
  }
}

export function statusOf({ text }: ShownPage): string {
  const [, status = text] = /role="status">(.*?)<\/p>/.exec(text) ?? [];
  return status.replaceAll(/<\/?strong>/g, '');
}
