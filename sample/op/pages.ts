import { escapeHtml, html } from '../page/page.ts';

/** Who is signed in at the OP in this browser. */
export function homePage(account: string | undefined): string {
  return html({
    of: 'OP',
    body:
      account === undefined
        ? `<p class="who" role="status">Nobody is signed in here.</p>
<p class="quiet">Sign in at an application: it sends you here.</p>`
        : `<p class="who" role="status">Signed in as <strong>${escapeHtml(account)}</strong></p>
<p><a class="button" href="/sign-out">Sign out</a></p>`,
  });
}

/** Asks who wants to sign in at a client: two buttons, and no password. */
export function accountsPage(clientId: string, accounts: readonly string[]): string {
  const buttons = accounts.map(
    (account) => `<button name="account" value="${escapeHtml(account)}">${escapeHtml(account)}</button>`,
  );
  return html({
    of: 'OP',
    body: `<p class="who">Sign in to <strong>${escapeHtml(clientId)}</strong> as</p>
<form method="post">${buttons.join('\n')}</form>
<p class="quiet">The accounts of a sample have no passwords.</p>`,
  });
}

/**
 * @param form as `oidc-provider` makes it, with the id `op.logoutForm`
 * @param isAtOnce whether to sign out without a question: the script submits the form
 */
export function signOutPage(form: string, isAtOnce: boolean): string {
  return html({
    of: 'OP',
    body: `<p class="who" role="status">Sign out at the OP?</p>
${form}
<p><button form="op.logoutForm" name="logout" value="yes">Sign out</button></p>`,
    ...(isAtOnce && { script: '/sign-out.js' }),
  });
}

/** Of `signOutPage`, at `/sign-out.js`. */
export const signOutScript = `document.querySelector('button').click();\n`;

export function problemPage(problem: string): string {
  return html({
    of: 'OP',
    body: `<p class="note" role="status">${escapeHtml(problem)}</p>
<p><a class="button second" href="/">Back</a></p>`,
  });
}
