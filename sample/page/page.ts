import { readFileSync } from 'node:fs';

/** A page of the sample. */
export interface Page {
  /** Which part of the sample it is of: its name, and its colour. */
  readonly of: 'OP' | 'shop' | 'mail';
  /** HTML; what comes from elsewhere has gone through `escapeHtml`. */
  readonly body: string;
  /** Path of a script of the same server. */
  readonly script?: string;
  /** Whether browsers open the home page in two seconds. */
  readonly isPassing?: boolean;
}

export interface PagePolicy {
  /** Origin whose pages may show this one in a frame; without it, nobody may: clicks could be stolen there. */
  readonly framedBy?: string | undefined;
  /** Where forms may go; without it, to the server itself. Chromium counts redirects too. */
  readonly formAction?: string;
}

/** With each page: it loads nothing but the server's own style and script. */
export function pageHeaders({ framedBy = "'none'", formAction = "'self'" }: PagePolicy) {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formAction}`,
    `frame-ancestors ${framedBy}`,
  ];
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
}

export type PageHeaders = ReturnType<typeof pageHeaders>;

/** Of all pages, at `/style.css`. */
export const stylesheet = readFileSync(new URL('style.css', import.meta.url), 'utf8');

export function html({ of, body, script, isPassing }: Page): string {
  return `<!doctype html>
<html lang="en" class="${of.toLowerCase()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${of}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
${isPassing ? '<meta http-equiv="refresh" content="2; url=/">' : ''}
${script === undefined ? '' : `<script src="${script}" defer></script>`}
</head>
<body>
<header><h1>${of}</h1></header>
<main>
${body}
</main>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
