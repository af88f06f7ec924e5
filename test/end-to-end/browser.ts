import makeFetchCookie from 'fetch-cookie';
import { type HTMLElement, parse } from 'node-html-parser';

export interface Page {
  readonly url: string;
  readonly text: string;
}

/** A browser without a window: it keeps cookies, follows redirects and submits forms. */
export interface Browser {
  open(url: string): Promise<Page>;
  /** Submits the page's only form, with its hidden fields and what is filled in. */
  submit(page: Page, fields: Record<string, string>): Promise<Page>;
}

export function openBrowser(): Browser {
  const fetchWithCookies = makeFetchCookie(fetch);
  const pageOf = async (response: Response): Promise<Page> => ({ url: response.url, text: await response.text() });
  return {
    async open(url) {
      return await pageOf(await fetchWithCookies(url));
    },
    async submit({ url, text }, fields) {
      const form = parse(text).querySelector('form');
      if (!form) {
        throw new Error(`no form at ${url}: ${text.slice(0, 500)}`);
      }
      const body = new URLSearchParams({ ...hiddenFields(form), ...fields });
      const action = new URL(form.getAttribute('action') ?? '', url);
      return await pageOf(await fetchWithCookies(action, { method: 'POST', body }));
    },
  };
}

function hiddenFields(form: HTMLElement): Record<string, string> {
  return Object.fromEntries(
    form
      .querySelectorAll('input[type=hidden]')
      .map((input) => [input.getAttribute('name') ?? '', input.getAttribute('value') ?? '']),
  );
}
