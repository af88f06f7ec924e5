import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.ts';

const BEGIN = /-----BEGIN [^-\r\n]*-----/g;
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\s]+^-----END CERTIFICATE-----\s*$/gm;

/** Certificates that functions trust beside those that Node.js trusts by itself. */
export interface ExtraCa {
  /** The file's text. */
  readonly pem: string;
  /** The subject of each certificate and how long it is valid, a line each. */
  readonly certificates: readonly string[];
}

/**
 * Reads a file of certificates that functions are to trust beside those that Node.js trusts by itself.
 *
 * Node.js goes on without the whole file where it cannot load it (https://nodejs.org/api/cli.html#node_extra_ca_certsfile),
 * so it is checked before it is deployed.
 *
 * @throws ConfigurationError where it cannot be read, or holds anything but certificates in PEM; a private key above all
 */
export function readExtraCa(path: string): ExtraCa {
  const pem = read(path);
  const blocks = pem.match(BEGIN) ?? [];
  if (blocks.some((block) => block.includes('PRIVATE KEY'))) {
    throw new ConfigurationError(`${path}: holds a private key, which would be deployed: leave the certificates only`);
  }
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || certificates.length !== blocks.length) {
    throw new ConfigurationError(
      `${path}: found ${blocks.length === 0 ? 'no PEM' : 'other PEM, or broken'}, allowed: certificates in PEM, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, at the beginning of a line`,
    );
  }
  return {
    pem,
    certificates: certificates.map((certificate, index) => describe(certificate, `${path}: certificate ${index + 1}`)),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause;
    throw new ConfigurationError(`${path}: cannot be read (${code})`, { cause });
  }
}

function describe(pem: string, name: string): string {
  try {
    const { subject, validTo } = new X509Certificate(pem);
    return `${subject.replaceAll('\n', ', ')}, valid until ${validTo}`;
  } catch (cause) {
    throw new ConfigurationError(`${name} cannot be read`, { cause });
  }
}
