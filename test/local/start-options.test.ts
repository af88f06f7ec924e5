import { describe, expect, it } from 'vitest';
import { StartupError } from '../../local/process/startup-error.ts';
import { parseStartOptions } from '../../local/start-options.ts';

const defaults = {
  port: 8080,
  dynamodbPort: 0,
  sample: true,
  sessionEndedEvents: false,
  frontchannelLogout: false,
  watch: false,
  json: false,
  help: false,
};

describe('the flags of npm start', () => {
  it.each<[string, string[], object]>([
    ['none', [], {}],
    ['a port', ['--port', '1234'], { port: 1234 }],
    ['a free port', ['--port=0'], { port: 0 }],
    [
      'a file, from where npm was called',
      ['--relying-parties', 'my/file.json'],
      { relyingPartiesFile: '/caller/my/file.json', sample: false },
    ],
    [
      'an absolute file',
      ['--relying-parties', '/my/file.json'],
      { relyingPartiesFile: '/my/file.json', sample: false },
    ],
    [
      'the sample beside a file',
      ['--sample', '--relying-parties', '/my/file.json'],
      { relyingPartiesFile: '/my/file.json', sample: true },
    ],
    [
      'secrets, from where npm was called',
      ['--secrets', 'my/secrets.json'],
      { secretsFile: '/caller/my/secrets.json' },
    ],
    ['extra CAs, from where npm was called', ['--extra-ca', 'ca.pem'], { extraCaFile: '/caller/ca.pem' }],
    ['the last one of a flag given twice', ['--secrets=a', '--secrets=/b'], { secretsFile: '/b' }],
    ['a DynamoDB', ['--dynamodb-endpoint', 'http://localhost:8000'], { dynamodbEndpoint: 'http://localhost:8000' }],
    ['a port of the embedded DynamoDB', ['--dynamodb-port', '8000'], { dynamodbPort: 8000 }],
    ['a data directory, from where npm was called', ['--data', '../data'], { dataDirectory: '/data' }],
    ['an env file, from where npm was called', ['--write-env', '.env'], { envFile: '/caller/.env' }],
    ['session-ended events', ['--session-ended-events'], { sessionEndedEvents: true }],
    ['front-channel logout', ['--frontchannel-logout'], { frontchannelLogout: true }],
    [
      'a page to watch',
      ['--watch', '--relying-parties', '/my/file.json'],
      { relyingPartiesFile: '/my/file.json', sample: false, watch: true },
    ],
    ['JSON', ['--json'], { json: true }],
    ['help', ['--help'], { help: true }],
  ])('are understood: %s', (_what, args, expected) => {
    expect(parseStartOptions(args, '/caller')).toEqual({ ...defaults, ...expected });
  });

  it.each([
    [['--nope'], "Unknown option '--nope' (flags: npm start -- --help)"],
    [['-x'], "Unknown option '-x' (flags: npm start -- --help)"],
    [['file.json'], "Unexpected argument 'file.json' (flags: npm start -- --help)"],
    [['--json=yes'], "Option '--json' does not take an argument (flags: npm start -- --help)"],
    [['--port'], "Option '--port <value>' argument missing (flags: npm start -- --help)"],
    [['--port', ''], '--port : allowed is a whole number from 0 to 65535'],
    [['--port', '65536'], '--port 65536: allowed is a whole number from 0 to 65535'],
    [['--port', '80.5'], '--port 80.5: allowed is a whole number from 0 to 65535'],
    [['--port=-1'], '--port -1: allowed is a whole number from 0 to 65535'],
    [['--watch'], '--watch is for --relying-parties FILE: the page of the sample shows what happens anyway'],
    [
      ['--watch', '--port', '65535', '--relying-parties', 'file.json'],
      '--port 65535: with --watch, allowed is a port that has a next one, for the page',
    ],
    [['--port', '65532'], '--port 65532: the sample takes the next four ports too, so allowed is 65531 at most'],
    [['--dynamodb-port', 'x'], '--dynamodb-port x: allowed is a whole number from 0 to 65535'],
    [['--relying-parties', ''], '--relying-parties: allowed is a path'],
    [['--secrets='], '--secrets: allowed is a path'],
    [['--secrets'], "Option '--secrets <value>' argument missing (flags: npm start -- --help)"],
    [['--extra-ca='], '--extra-ca: allowed is a path'],
    [['--write-env='], '--write-env: allowed is a path'],
    [['--data='], '--data: allowed is a path'],
    [
      ['--dynamodb-endpoint', 'localhost:8000'],
      '--dynamodb-endpoint localhost:8000: allowed is an http: or https: URL',
    ],
    ...['http://localhost:8000\nX=1', 'http://localhost:8000#x', 'http://localhost:8000/$x'].map(
      (url): [string[], string] => [
        ['--dynamodb-endpoint', url],
        `--dynamodb-endpoint ${url}: allowed is an http: or https: URL`,
      ],
    ),
    [['--dynamodb-endpoint', ''], '--dynamodb-endpoint : allowed is an http: or https: URL'],
    [
      ['--dynamodb-endpoint', 'http://localhost:8000', '--data', 'x'],
      '--data is for the embedded DynamoDB: leave it out, or --dynamodb-endpoint',
    ],
    [
      ['--dynamodb-port', '8000', '--dynamodb-endpoint', 'http://localhost:8000'],
      '--dynamodb-port is for the embedded DynamoDB: leave it out, or --dynamodb-endpoint',
    ],
  ])('are refused with one line: %j', (args, message) => {
    expect(() => parseStartOptions(args, '/caller')).toThrow(new StartupError(message));
  });
});
