import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { parse } from 'node-html-parser';

export interface ShownPage {
  readonly url: string;
  readonly status: number;
  readonly text: string;
}

const MOST_REDIRECTS = 20;

/**
 * A browser without a window that takes `*.localhost` for loopback, which `fetch` does not do everywhere. It keeps cookies
 * by host name and follows redirects.
 */
export class DeviceBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async open(url: string): Promise<ShownPage> {
    return await this.#go(url, 'GET', undefined, MOST_REDIRECTS);
  }

  /** Presses a button of the page's form, by its text. */
  async press(page: ShownPage, label: string): Promise<ShownPage> {
    const document = parse(page.text);
    const button = document.querySelectorAll('button').find((each) => each.text === label);
    const form = document.querySelector('form');
    if (!button || !form) {
      throw new Error(`no button ${label} at ${page.url}: ${page.text}`);
    }
    const fields = new URLSearchParams();
    for (const field of [...form.querySelectorAll('input'), button]) {
      fields.set(field.getAttribute('name') ?? '', field.getAttribute('value') ?? '');
    }
    const action = new URL(form.getAttribute('action') ?? '', page.url).href;
    return await this.#go(action, 'POST', fields.toString(), MOST_REDIRECTS);
  }

  async #go(url: string, method: string, body: string | undefined, redirects: number): Promise<ShownPage> {
    const { host, port, pathname, search } = new URL(url);
    const { hostname } = new URL(url);
    const jar = this.#cookies.get(hostname) ?? new Map<string, string>();
    this.#cookies.set(hostname, jar);
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(
        {
          host: '127.0.0.1',
          port,
          method,
          path: `${pathname}${search}`,
          headers: {
            host,
            accept: 'text/html',
            cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
            ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
          },
        },
        resolve,
      )
        .on('error', reject)
        .end(body);
    });
    keepCookies(jar, response.headers['set-cookie'] ?? []);
    const { location } = response.headers;
    const { statusCode: status = 0 } = response;
    if (location === undefined || status < 300 || status > 399) {
      return { url, status, text: await text(response) };
    }
    if (redirects === 0) {
      throw new Error(`too many redirects at ${url}`);
    }
    response.resume();
    return await this.#go(new URL(location, url).href, 'GET', undefined, redirects - 1);
  }
}

function keepCookies(jar: Map<string, string>, cookies: readonly string[]): void {
  for (const cookie of cookies) {
    const [pair = '', ...attributes] = cookie.split(/; */);
    const name = pair.slice(0, pair.indexOf('='));
    const expires = attributes.find((attribute) => /^expires=/i.test(attribute))?.slice('expires='.length);
    if (expires !== undefined && Date.parse(expires) <= Date.now()) {
      jar.delete(name);
    } else {
      jar.set(name, pair.slice(name.length + 1));
    }
  }
}
