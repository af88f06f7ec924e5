import { escapeHtml, html } from '../page/page.ts';

/** @param hasEnded whether the page was open while its session ended */
export function homePage(user: string | undefined, hasEnded: boolean): string {
  if (user === undefined) {
    return html({
      of: 'shop',
      body: `<p class="who" role="status">Signed out</p>
${hasEnded ? '<p class="note">Your session has ended. This page heard of it by itself.</p>' : ''}
<p><a class="button" href="/login">Sign in</a></p>`,
    });
  }
  return html({
    of: 'shop',
    body: `<p class="who" role="status">Signed in as <strong>${escapeHtml(user)}</strong></p>
<form method="post" action="/logout"><button class="second">Sign out of the shop only</button></form>
<p class="quiet">The session is an item in the receiver's table.</p>`,
    script: '/home.js',
  });
}

/** Waits until the session of the page ends. */
export const homeScript = `function listen() {
  const events = new EventSource('/session-end');
  events.onmessage = () => {
    events.close();
    location.replace('/?ended');
  };
  // A browser opens a stream that has ended again, but not after an answer that is an error.
  events.onerror = () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}
listen();
`;
