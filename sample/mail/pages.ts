import { escapeHtml, html } from '../page/page.ts';

/** @param hasEnded whether the page was open while its session ended */
export function homePage(user: string | undefined, hasEnded: boolean): string {
  if (user === undefined) {
    return html({
      of: 'mail',
      body: `<p class="who" role="status">Signed out</p>
${hasEnded ? '<p class="note">Your session has ended. This page asks for it every two seconds.</p>' : ''}
<p><a class="button" href="/login">Sign in</a></p>`,
    });
  }
  return html({
    of: 'mail',
    body: `<p class="who" role="status">Signed in as <strong>${escapeHtml(user)}</strong></p>
<form method="post" action="/logout"><button class="second">Sign out of mail only</button></form>
<p class="quiet">The session is in an encrypted cookie. Each request asks whether it was logged out.</p>`,
    script: '/home.js',
  });
}

/** Asks every two seconds whether the session of the page still stands. */
export const homeScript = `setInterval(async () => {
  const response = await fetch('/session', { cache: 'no-store' });
  if (response.ok && !(await response.json()).isSignedIn) location.replace('/?ended');
}, 2000);
`;
