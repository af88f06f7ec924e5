import * as z from 'zod/mini';
import { placeholderIn } from '../../receiver/relying-parties/placeholder.ts';
import { readWrittenJson } from '../../receiver/relying-parties/written-json-file.ts';
import { isSecureUrl } from '../../relying-party/sessions/secure-url.ts';
import { UsageError } from '../command-error.ts';
import { printable } from '../printable.ts';

/** Client metadata by its names (OpenID Connect Registration 1.0, section 2; RFC 7591, section 2). */
export type ClientMetadata = Readonly<Record<string, unknown>>;

/** What can be said of a client on the command line. */
export interface MetadataOptions {
  readonly clientName?: string | undefined;
  readonly redirectUri?: readonly string[] | undefined;
  readonly backchannelLogoutUri?: string | undefined;
  readonly backchannelLogoutSessionRequired?: boolean | undefined;
  readonly frontchannelLogoutUri?: string | undefined;
  readonly frontchannelLogoutSessionRequired?: boolean | undefined;
  readonly postLogoutRedirectUri?: readonly string[] | undefined;
  readonly tokenEndpointAuthMethod?: string | undefined;
  /** Of a JSON file with more. */
  readonly metadata?: string | undefined;
}

/** What a missing field means (Back-Channel Logout 1.0, section 2.2; Front-Channel Logout 1.0, section 2). */
export const DEFAULTS: Readonly<Record<string, unknown>> = {
  backchannel_logout_session_required: false,
  frontchannel_logout_session_required: false,
};

const JsonObject = z.record(z.string(), z.unknown());

/**
 * Client metadata as it is asked for. The options count more than the file.
 *
 * Where there is a logout URI and nothing else is said, `sid` is asked for: without it, an OP may name the user only, and all
 * of the user's sessions end (Back-Channel Logout 1.0, section 2.2; Front-Channel Logout 1.0, section 2).
 *
 * @throws UsageError where the file cannot be read, or a URI would not do
 */
export function requestedMetadata(options: MetadataOptions): ClientMetadata {
  const file = options.metadata === undefined ? {} : metadataIn(options.metadata);
  const backchannelUri = options.backchannelLogoutUri ?? file.backchannel_logout_uri;
  const frontchannelUri = options.frontchannelLogoutUri ?? file.frontchannel_logout_uri;
  const requested: ClientMetadata = {
    ...file,
    ...withoutUndefined({
      client_name: options.clientName,
      redirect_uris: options.redirectUri,
      backchannel_logout_uri: backchannelUri,
      backchannel_logout_session_required:
        options.backchannelLogoutSessionRequired ??
        file.backchannel_logout_session_required ??
        (backchannelUri === undefined ? undefined : true),
      frontchannel_logout_uri: frontchannelUri,
      frontchannel_logout_session_required:
        options.frontchannelLogoutSessionRequired ??
        file.frontchannel_logout_session_required ??
        (frontchannelUri === undefined ? undefined : true),
      post_logout_redirect_uris: options.postLogoutRedirectUri,
      token_endpoint_auth_method: options.tokenEndpointAuthMethod,
    }),
  };
  for (const name of ['backchannel_logout_uri', 'frontchannel_logout_uri']) {
    requireUri(name, requested[name], isSecureUrl, 'an https: URL without fragment (http: only on loopback)');
  }
  for (const name of ['redirect_uris', 'post_logout_redirect_uris']) {
    const uris = requested[name];
    for (const uri of Array.isArray(uris) ? uris : []) {
      requireUri(name, uri, isAbsoluteUri, 'an absolute URI without fragment');
    }
  }
  return requested;
}

/**
 * Leaves out fields whose value is the default, unless another value is registered: WSO2 Identity Server refuses requests
 * with a field that it does not know, such as `frontchannel_logout_session_required`.
 *
 * @param current what is registered
 */
export function withoutDefaults(metadata: ClientMetadata, current: ClientMetadata): ClientMetadata {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name, value]) => name in current || DEFAULTS[name] !== value),
  );
}

function metadataIn(path: string): ClientMetadata {
  const json = readWrittenJson(path, (message, options) => new UsageError(message, options));
  const { success, data } = JsonObject.safeParse(json);
  if (!success) {
    throw new UsageError(`${path}: found something else, allowed: an object of client metadata`);
  }
  return data;
}

function requireUri(name: string, uri: unknown, isAllowed: (uri: string) => boolean, allowed: string): void {
  if (uri === undefined) {
    return;
  }
  const placeholder = typeof uri === 'string' ? placeholderIn(uri) : undefined;
  if (placeholder !== undefined) {
    throw new UsageError(`${name}: put the value in the place of ${printable(placeholder)}`);
  }
  if (typeof uri !== 'string' || !isAllowed(uri)) {
    throw new UsageError(`${name}: found ${printable(JSON.stringify(uri))}, allowed: ${allowed}`);
  }
}

/** Of whatever scheme: applications on a device have their own. */
function isAbsoluteUri(text: string): boolean {
  return URL.canParse(text) && !/[\s\p{Cc}#\\]/u.test(text);
}

function withoutUndefined(members: object): ClientMetadata {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
