import { IssuerError, type IssuerErrorCode } from '../../receiver/jwks/issuer-error.ts';
import { printable } from '../printable.ts';

/** Why something cannot be fetched, for people. */
export interface FetchProblem {
  readonly code: string;
  readonly text: string;
  readonly advice: string;
  /** Whether nothing was answered: the network, the name, the time. */
  readonly isUnreachable: boolean;
}

const ADVICE: Readonly<Record<IssuerErrorCode, string>> = {
  no_address: 'Look at the name, and whether this machine can look it up.',
  address_not_allowed:
    'The receiver refuses addresses that are not of the public Internet. If the OP is meant to be inside a private network, add --allow-private-addresses, and "allowPrivateAddresses": true to its relying parties entry.',
  not_connected: 'Look at firewalls and proxies on the way: the receiver uses no proxy.',
  status_unexpected: 'Look at the address in a browser, and at the log of the OP.',
  answer_too_large: 'Discovery documents and keys are much smaller: look at the address in a browser.',
  not_json: 'Look at the address in a browser: it may be that of a login page or an error page.',
  not_jwks: 'Look at the address in a browser: it must be the jwks_uri, and not another document of the OP.',
  issuer_mismatch: 'Use the issuer that the document names.',
  jwks_uri_not_https: 'The receiver fetches keys by https alone. Have the OP publish an https address.',
  no_usable_key: 'Without a key that it can use, the receiver verifies no logout token of this OP.',
};

const REDIRECT =
  'The receiver follows no redirects. Find the address where it ends: the issuer is likely another one, with or without "www." or a path.';

const CERTIFICATE =
  'Where the certificate is of a private CA: NODE_EXTRA_CA_CERTS=FILE before this command, and -c extraCa=FILE when the receiver is deployed. Where it is not: its chain is not complete, it has expired, or it is of another name.';

/** What Node.js says of certificates that it does not take. */
const CERTIFICATE_CODE = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;

/** Of the operating system: connection refused, name not found. */
const SYSTEM_CODE = /^E(?!RR_)[A-Z_]+$/;

/** @param url what was to be fetched */
export function fetchProblem(error: unknown, url: string): FetchProblem {
  if (error instanceof IssuerError) {
    return problemOfIssuer(error);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (CERTIFICATE_CODE.test(code)) {
    const text = `${printable(url)}: the certificate is not trusted (${printable(code)})`;
    return { code: 'certificate_not_trusted', text, advice: CERTIFICATE, isUnreachable: false };
  }
  if (error instanceof Error && /^(Timeout|Abort)Error$/.test(error.name)) {
    const text = `${printable(url)} did not answer in time`;
    return { code: 'not_answered', text, advice: ADVICE.not_connected, isUnreachable: true };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    const text = `${printable(url)} hung up before it had answered`;
    return { code: 'hung_up', text, advice: ADVICE.not_connected, isUnreachable: true };
  }
  if (SYSTEM_CODE.test(code)) {
    const text = `${printable(url)} cannot be reached (${printable(code)})`;
    const advice = code === 'ENOTFOUND' ? ADVICE.no_address : ADVICE.not_connected;
    return { code: 'not_reached', text, advice, isUnreachable: true };
  }
  if (code !== '') {
    const text = `${printable(url)}: the answer cannot be read (${printable(code)})`;
    return { code: 'not_readable', text, advice: ADVICE.not_json, isUnreachable: false };
  }
  throw error;
}

function problemOfIssuer({ code, message, statusCode = 0, location }: IssuerError): FetchProblem {
  if (statusCode >= 300 && statusCode < 400 && location !== undefined) {
    const text = `${printable(message)}, a redirect to ${printable(location)}`;
    return { code: 'redirected', text, advice: REDIRECT, isUnreachable: false };
  }
  const isUnreachable = code === 'no_address' || code === 'not_connected';
  return { code, text: printable(message), advice: ADVICE[code], isUnreachable };
}
