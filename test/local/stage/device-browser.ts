import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { parse } from 'node-html-parser';

export interface ShownPage {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  /** Its `Content-Security-Policy`. */
  readonly policy: string;
}

type Headers = Readonly<Record<string, string>>;

interface Sent {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Headers;
  readonly body?: string;
}

const MOST_REDIRECTS = 20;

/**
 * A browser without a window that takes `*.localhost` for loopback, which `fetch` does not do everywhere. It keeps cookies
 * by host name and follows redirects.
 */
export class DeviceBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** @param headers of the first request alone */
  async open(url: string, headers: Headers = {}): Promise<ShownPage> {
    return await this.#go({ url, method: 'GET', headers }, MOST_REDIRECTS);
  }

  /** Sends a form that has no fields. */
  async post(url: string, headers: Headers): Promise<ShownPage> {
    return await this.#go({ url, method: 'POST', headers, body: '' }, MOST_REDIRECTS);
  }

  /** Value of a cookie. */
  cookie(url: string, name: string): string {
    return this.#cookies.get(new URL(url).hostname)?.get(name) ?? '';
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
    const { href: url, origin } = new URL(form.getAttribute('action') ?? '', page.url);
    // All forms of the sample go to their own server.
    const headers = { origin, 'sec-fetch-site': 'same-origin' };
    return await this.#go({ url, method: 'POST', headers, body: fields.toString() }, MOST_REDIRECTS);
  }

  async #go({ url, method, headers, body }: Sent, redirects: number): Promise<ShownPage> {
    const { host, hostname, port, pathname, search } = new URL(url);
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
            ...headers,
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
      const policy = String(response.headers['content-security-policy']);
      return { url, status, policy, text: await text(response) };
    }
    if (redirects === 0) {
      throw new Error(`too many redirects at ${url}`);
    }
    response.resume();
    return await this.#go({ url: new URL(location, url).href, method: 'GET' }, redirects - 1);
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
