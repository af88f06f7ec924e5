import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartupError } from './process/startup-error.ts';

/** What the flags of `npm start` ask for. */
export interface StartOptions {
  /** Port of the HTTP API; 0 takes a free one. */
  readonly port: number;
  /** Without it, only the relying parties of the sample are there. */
  readonly relyingPartiesFile?: string;
  /** Whether the sample runs beside the receiver. */
  readonly sample: boolean;
  /** Holds the secrets that the relying parties name. */
  readonly secretsFile?: string;
  /** Holds certificates that the functions trust beside the usual ones. */
  readonly extraCaFile?: string;
  /** A DynamoDB that runs already. Without it, an embedded engine is started. */
  readonly dynamodbEndpoint?: string;
  /** Port of the embedded engine; 0 takes a free one. */
  readonly dynamodbPort: number;
  /** Where the embedded engine keeps its data. Without it, in memory. */
  readonly dataDirectory?: string;
  /** Where what an application needs is written. */
  readonly envFile?: string;
  readonly sessionEndedEvents: boolean;
  readonly frontchannelLogout: boolean;
  /** Whether a page shows what happens, on the port after that of the HTTP API. */
  readonly watch: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export const helpText = `Runs what \`cdk deploy\` deploys on this machine: HTTP API, function and tables, as the synthesized template has them.

npm start -- [flags]
  --port N                  port of the HTTP API on 127.0.0.1 (default: 8080; 0 takes a free one);
                            the sample takes the next four too
  --relying-parties FILE    run the receiver alone, for the relying parties of this file (default: run the sample)
  --sample                  with --relying-parties: run the sample too
  --secrets FILE            JSON file with the secrets that the relying parties name, by secret id
  --extra-ca FILE           PEM file of CA certificates that the functions trust beside the usual ones
  --dynamodb-endpoint URL   use a DynamoDB that runs already (default: start an embedded one)
  --dynamodb-port N         port of the embedded DynamoDB on 127.0.0.1 (default: a free one)
  --data DIR                keep the embedded DynamoDB's data there (default: in memory, gone at the end)
  --write-env FILE          write there what applications need, in the form of an .env file
  --session-ended-events    publish the end of each session on an event bus (off by default, as deployed)
  --frontchannel-logout     serve front-channel logout, which nobody signs (off by default, as deployed)
  --watch                   with --relying-parties: serve a page that shows what happens, on the port after that of
                            the HTTP API
  --json                    when ready, print one line of JSON on stdout and nothing else; log in JSON on stderr
  --help                    print this
`;

const HIGHEST_PORT = 65_535;

/**
 * Reads the flags of `npm start`.
 *
 * @param directory what relative paths are relative to
 * @throws StartupError naming the flag at fault
 */
export function parseStartOptions(args: string[], directory: string): StartOptions {
  const flags = parseFlags(args);
  for (const name of ['data', 'dynamodb-port'] as const) {
    if (flags['dynamodb-endpoint'] !== undefined && flags[name] !== undefined) {
      throw new StartupError(`--${name} is for the embedded DynamoDB: leave it out, or --dynamodb-endpoint`);
    }
  }
  if (flags.watch && flags['relying-parties'] === undefined) {
    throw new StartupError('--watch is for --relying-parties FILE: the page of the sample shows what happens anyway');
  }
  const sample = flags.sample || flags['relying-parties'] === undefined;
  return {
    port: parseFirstPort(flags.port, sample, flags.watch),
    dynamodbPort: parsePort('--dynamodb-port', flags['dynamodb-port'] ?? '0'),
    ...(flags['relying-parties'] !== undefined && {
      relyingPartiesFile: parsePath('--relying-parties', flags['relying-parties'], directory),
    }),
    sample,
    ...(flags.secrets !== undefined && { secretsFile: parsePath('--secrets', flags.secrets, directory) }),
    ...(flags['extra-ca'] !== undefined && { extraCaFile: parsePath('--extra-ca', flags['extra-ca'], directory) }),
    ...(flags['dynamodb-endpoint'] !== undefined && { dynamodbEndpoint: parseEndpoint(flags['dynamodb-endpoint']) }),
    ...(flags.data !== undefined && { dataDirectory: parsePath('--data', flags.data, directory) }),
    ...(flags['write-env'] !== undefined && { envFile: parsePath('--write-env', flags['write-env'], directory) }),
    sessionEndedEvents: flags['session-ended-events'],
    frontchannelLogout: flags['frontchannel-logout'],
    watch: flags.watch,
    json: flags.json,
    help: flags.help,
  };
}

function parseFlags(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '8080' },
        'relying-parties': { type: 'string' },
        sample: { type: 'boolean', default: false },
        secrets: { type: 'string' },
        'extra-ca': { type: 'string' },
        'dynamodb-endpoint': { type: 'string' },
        'dynamodb-port': { type: 'string' },
        data: { type: 'string' },
        // Not env-file: Node.js 20 takes that for its own, wherever it stands.
        'write-env': { type: 'string' },
        'session-ended-events': { type: 'boolean', default: false },
        'frontchannel-logout': { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    // Node goes on with advice that does not fit here.
    const [problem] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new StartupError(`${problem} (flags: npm start -- --help)`, { cause });
  }
}

/** Of the ports that are taken one after the other. */
function parseFirstPort(text: string, sample: boolean, watch: boolean): number {
  const port = parsePort('--port', text);
  if (sample && port > HIGHEST_PORT - 4) {
    throw new StartupError(
      `--port ${port}: the sample takes the next four ports too, so allowed is ${HIGHEST_PORT - 4} at most`,
    );
  }
  if (watch && port === HIGHEST_PORT) {
    throw new StartupError(`--port ${port}: with --watch, allowed is a port that has a next one, for the page`);
  }
  return port;
}

function parsePort(flag: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > HIGHEST_PORT) {
    throw new StartupError(`${flag} ${text}: allowed is a whole number from 0 to 65535`);
  }
  return Number(text);
}

function parsePath(flag: string, path: string, directory: string): string {
  if (path === '') {
    throw new StartupError(`${flag}: allowed is a path`);
  }
  return resolve(directory, path);
}

function parseEndpoint(url: string): string {
  // Shells and .env files are given it as it is.
  const isPlain = /^[\w.:/@%?&=~[\]-]+$/.test(url);
  if (!isPlain || !URL.canParse(url) || !['http:', 'https:'].includes(new URL(url).protocol)) {
    throw new StartupError(`--dynamodb-endpoint ${url}: allowed is an http: or https: URL`);
  }
  return url;
}
