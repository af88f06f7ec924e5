import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import type { SessionStore } from '../../../relying-party/sessions/index.ts';

/** A Lambda authorizer of an HTTP API, with simple responses: lets those in whose cookie is that of a live session. */
export function cookieAuthorizer(store: Pick<SessionStore, 'get'>) {
  return async ({ cookies = [] }: Pick<APIGatewayRequestAuthorizerEventV2, 'cookies'>) => {
    const id = cookies.find((cookie) => cookie.startsWith('session='))?.slice('session='.length);
    const session = id ? await store.get(id) : undefined;
    return session ? { isAuthorized: true, context: { sub: session.sub } } : { isAuthorized: false };
  };
}
