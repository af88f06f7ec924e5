import { KEY_MANAGEMENT_ALGORITHMS } from '../../receiver/logout/imported-keys.ts';
import type { Finding } from '../finding.ts';
import type { ProviderMetadata } from '../openid-provider/provider-metadata.ts';
import { printable } from '../printable.ts';

/** What works with an OP, by what its discovery document announces, and what does not. */
export function mechanismFindings(metadata: ProviderMetadata): Finding[] {
  return [
    backchannel(metadata),
    frontchannel(metadata),
    rpInitiated(metadata),
    sessionManagement(metadata),
    encryption(metadata),
    registration(metadata),
  ].filter((finding) => finding !== undefined);
}

/** Both default to false (Back-Channel Logout 1.0, section 2.1). */
function backchannel(metadata: ProviderMetadata): Finding {
  if (metadata.backchannel_logout_supported && metadata.backchannel_logout_session_supported) {
    return {
      code: 'backchannel_sid',
      level: 'good',
      text: 'Back-channel logout with sid: a sign-out ends the session of one device. Register the client with backchannel_logout_session_required: true.',
    };
  }
  if (metadata.backchannel_logout_supported) {
    return {
      code: 'backchannel_sub_only',
      level: 'note',
      text: 'Back-channel logout by sub alone: a sign-out on one device ends all sessions of the user at the client.',
      advice:
        'The OP does not announce backchannel_logout_session_supported. See what its tokens have: npm start -- --watch.',
    };
  }
  const rest = metadata.frontchannel_logout_supported
    ? 'It announces front-channel logout, which the receiver can be told to take.'
    : 'It announces no front-channel logout either: a sign-out at the OP does not reach the application.';
  return {
    code: 'backchannel_not_announced',
    level: 'problem',
    text: `The OP does not announce back-channel logout. ${rest}`,
    advice: `Look into the documentation of the OP: some send logout tokens without announcing it, or only where it is turned on for a client.${metadata.frontchannel_logout_supported ? '' : ' Otherwise keep sessions short, and ask the OP again when they end (prompt=none).'}`,
  };
}

function frontchannel(metadata: ProviderMetadata): Finding | undefined {
  if (!metadata.frontchannel_logout_supported) {
    return undefined;
  }
  return {
    code: 'frontchannel',
    level: 'note',
    text: metadata.frontchannel_logout_session_supported
      ? 'Front-channel logout with iss and sid: the OP loads a page of the relying party in a frame. Nothing of it is signed.'
      : 'Front-channel logout without sid: the receiver cannot use it.',
  };
}

function rpInitiated({ end_session_endpoint: endpoint }: ProviderMetadata): Finding {
  return endpoint === undefined
    ? {
        code: 'end_session_endpoint_missing',
        level: 'note',
        text: 'No end_session_endpoint: an application cannot send its users to the OP to sign out there.',
      }
    : {
        code: 'end_session_endpoint',
        level: 'good',
        text: 'RP-initiated logout: an application can send its users to the end_session_endpoint to sign out at the OP.',
      };
}

function sessionManagement({ check_session_iframe: frame }: ProviderMetadata): Finding | undefined {
  return frame === undefined
    ? undefined
    : {
        code: 'session_management',
        level: 'note',
        text: 'Session management (check_session_iframe) needs third-party cookies, which browsers block. Do not build on it.',
      };
}

function encryption({ id_token_encryption_alg_values_supported: offered = [] }: ProviderMetadata): Finding | undefined {
  if (offered.length === 0) {
    return undefined;
  }
  const opened = KEY_MANAGEMENT_ALGORITHMS.filter((algorithm) => offered.includes(algorithm));
  const [code, text] =
    opened.length > 0
      ? [
          'encryption',
          `The receiver decrypts tokens with ${opened.join(' and ')}, where the entry has "decryptionKeys".`,
        ]
      : [
          'encryption_unknown',
          `The receiver supports none of the OP's encryption algorithms (${printable(offered.join(', '), 100)}).`,
        ];
  return { code, level: 'note', text: `${text} Only clients that ask for it get encrypted tokens.` };
}

function registration({ registration_endpoint: endpoint }: ProviderMetadata): Finding | undefined {
  return endpoint === undefined
    ? undefined
    : { code: 'registration', level: 'good', text: 'Clients can be registered by logout-receiver register ISSUER.' };
}
