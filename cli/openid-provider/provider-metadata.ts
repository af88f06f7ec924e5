import * as z from 'zod/mini';

const text = z.string();
const boolean = z.boolean();
const texts = z.array(z.string());

/**
 * What a discovery document says about logouts, signatures and registration: OpenID Connect Discovery 1.0, section 3;
 * RP-Initiated Logout 1.0, section 2.1; Back-Channel Logout 1.0, section 2.1; Front-Channel Logout 1.0, section 3;
 * Session Management 1.0, section 3.3. In the order in which it is shown.
 */
const FIELDS = {
  issuer: text,
  jwks_uri: text,
  end_session_endpoint: text,
  backchannel_logout_supported: boolean,
  backchannel_logout_session_supported: boolean,
  frontchannel_logout_supported: boolean,
  frontchannel_logout_session_supported: boolean,
  check_session_iframe: text,
  id_token_signing_alg_values_supported: texts,
  id_token_encryption_alg_values_supported: texts,
  id_token_encryption_enc_values_supported: texts,
  registration_endpoint: text,
};

const Metadata = z.partial(z.object(FIELDS));

export type ProviderMetadata = z.infer<typeof Metadata>;

export const FIELD_NAMES = z.keyof(z.object(FIELDS)).options;

/**
 * Reads a discovery document, field by field: one that is of another type than it should be counts as missing.
 *
 * @returns what it says, and the names of the fields of other types
 */
export function providerMetadata(document: object): {
  readonly metadata: ProviderMetadata;
  readonly malformed: readonly string[];
} {
  const { success, data, error } = Metadata.safeParse(document);
  if (success) {
    return { metadata: data, malformed: [] };
  }
  const malformed = [...new Set(error.issues.map(({ path: [name] }) => String(name)))];
  const others = Object.fromEntries(Object.entries(document).filter(([name]) => !malformed.includes(name)));
  return { metadata: Metadata.parse(others), malformed };
}
