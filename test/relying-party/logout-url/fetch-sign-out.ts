import type { LogoutUrl } from '../../../relying-party/logout-url/index.ts';
import type { SessionStore } from '../../../relying-party/sessions/index.ts';

/** Handles `POST /logout` and `GET /signed-out`. The session keeps the ID token in `data.idToken`. */
export function signOutHandlers(logoutUrl: LogoutUrl, store: SessionStore) {
  return {
    async logout(request: Request): Promise<Response> {
      const id = cookieOf(request, 'session') ?? '';
      const { idToken } = (await store.get(id))?.data ?? {};
      const begun = await logoutUrl.begin({
        endSession: () => store.delete(id),
        idToken: typeof idToken === 'string' ? idToken : undefined,
      });
      const headers = new Headers({ 'cache-control': 'no-store' });
      headers.append('set-cookie', 'session=; Path=/; Max-Age=0');
      if (begun.outcome === 'signed_out_here_only') {
        console.error(begun.error);
        return new Response('Signed out here. You are still signed in at the OP.', { headers });
      }
      headers.append('set-cookie', begun.setCookie);
      headers.set('location', begun.url);
      return new Response(null, { status: 303, headers });
    },

    signedOut(request: Request): Response {
      const state = new URL(request.url).searchParams.get('state');
      const { outcome, setCookie } = logoutUrl.finish({ state, cookie: request.headers.get('cookie') });
      return outcome === 'ok'
        ? new Response('You have signed out.', { headers: { 'set-cookie': setCookie } })
        : new Response(null, { status: 303, headers: { location: '/' } });
    },
  };
}

function cookieOf(request: Request, name: string): string | undefined {
  const cookies = (request.headers.get('cookie') ?? '').split('; ');
  return cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
}
