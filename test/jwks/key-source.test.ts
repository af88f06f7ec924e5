import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jwksUriIn } from '../../functions/jwks/jwks-fetch.ts';
import { KeySource } from '../../functions/jwks/key-source.ts';
import { startIssuer, type TestIssuer } from '../issuer.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { newTable, type TestTable } from '../tables.ts';

let op: TestIssuer;
let table: TestTable;

beforeEach(async () => {
  op = await startIssuer('ES256');
  table = await newTable('jwksCache');
});

afterEach(async () => {
  vi.useRealTimers();
  await op.stop();
});

/** A function instance of its own: nothing in memory yet. */
function newInstance(): KeySource {
  return new KeySource(table, (error) => {
    throw error;
  });
}

function passSeconds(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
}

const fetches = () => op.requests.get('/jwks') ?? 0;

it('fetches once, then keeps the keys in memory, and in the table for other instances', async () => {
  const first = newInstance();
  await first.keysFor(op, 'ES256', 'es256');
  await first.keysFor(op, 'ES256', 'es256');
  await newInstance().keysFor(op, 'ES256', 'es256');
  expect(Object.fromEntries(op.requests)).toEqual({ '/.well-known/openid-configuration': 1, '/jwks': 1 });
});

it('takes a configured jwksUri without a look at the discovery document', async () => {
  await newInstance().keysFor({ issuer: 'https://op.example.com', jwksUri: `${op.issuer}/keys` }, 'ES256', 'es256');
  expect(Object.fromEntries(op.requests)).toEqual({ '/keys': 1 });
});

it('looks again when the keys are ten minutes old', async () => {
  const keys = newInstance();
  await keys.keysFor(op, 'ES256', 'es256');
  passSeconds(599);
  await keys.keysFor(op, 'ES256', 'es256');
  expect(fetches()).toBe(1);
  passSeconds(1);
  await keys.keysFor(op, 'ES256', 'es256');
  expect(fetches()).toBe(2);
});

describe('a kid that is not known', () => {
  it('is looked for at the issuer, so that a rotation gets through', async () => {
    const keys = newInstance();
    await keys.keysFor(op, 'ES256', 'es256');
    await op.addKey('ES256', 'rotated');
    passSeconds(30);
    expect(await keys.keysFor(op, 'ES256', 'rotated')).toBeDefined();
    expect(fetches()).toBe(2);
  });

  it('costs the issuer nothing within the cooldown, however many there are and on however many instances', async () => {
    for (const keys of [newInstance(), newInstance()]) {
      for (let kid = 0; kid < 20; kid++) {
        await expect(keys.keysFor(op, 'ES256', `random ${kid}`)).rejects.toMatchObject({ code: 'key_not_found' });
      }
    }
    expect(fetches()).toBe(1);
  });

  it('is found when another instance has fetched it already', async () => {
    const keys = newInstance();
    await keys.keysFor(op, 'ES256', 'es256');
    await op.addKey('ES256', 'rotated');
    passSeconds(60);
    await newInstance().keysFor(op, 'ES256', 'rotated');
    await keys.keysFor(op, 'ES256', 'rotated');
    expect(fetches()).toBe(2);
  });
});

describe('an issuer that is asked by many at once', () => {
  it('sees one request', async () => {
    const keys = newInstance();
    await Promise.all(Array.from({ length: 50 }, () => keys.keysFor(op, 'ES256', 'es256')));
    expect(fetches()).toBe(1);
  });
});

describe('an issuer that is down', () => {
  it('is no reason to say that a kid does not exist: nobody knows', async () => {
    const keys = newInstance();
    await keys.keysFor(op, 'ES256', 'es256');
    op.answerJwks = (response) => response.writeHead(503).end();
    passSeconds(60);
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(keys.keysFor(op, 'ES256', 'rotated')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    }
    expect(fetches()).toBe(2);
  });

  it('does not make a logout wait for its known keys when it hangs', async () => {
    const keys = newInstance();
    await keys.keysFor(op, 'ES256', 'es256');
    op.answerJwks = () => undefined;
    passSeconds(700);
    const start = performance.now();
    expect(await keys.keysFor(op, 'ES256', 'es256')).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(1500);
  });

  it('keeps its known keys when it publishes none any more', async () => {
    const keys = newInstance();
    await keys.keysFor(op, 'ES256', 'es256');
    op.answerJwks = (response) => response.end('{"keys":[]}');
    passSeconds(700);
    expect(await keys.keysFor(op, 'ES256', 'es256')).toHaveLength(1);
    expect(await newInstance().keysFor(op, 'ES256', 'es256')).toHaveLength(1);
  });

  it('keeps its known keys for a day, and no longer', async () => {
    const keys = newInstance();
    await keys.keysFor(op, 'ES256', 'es256');
    op.answerJwks = (response) => response.writeHead(503).end();
    passSeconds(86_000);
    expect(await keys.keysFor(op, 'ES256', 'es256')).toBeDefined();
    expect(await newInstance().keysFor(op, 'ES256', 'es256')).toBeDefined();
    passSeconds(400);
    await expect(newInstance().keysFor(op, 'ES256', 'es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
  });

  it('is left alone for a moment after a failure, and then asked again', async () => {
    const keys = newInstance();
    op.answerJwks = (response) => response.writeHead(503).end();
    await expect(keys.keysFor(op, 'ES256', 'es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    op.answerJwks = undefined;
    await expect(keys.keysFor(op, 'ES256', 'es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    expect(fetches()).toBe(1);
    passSeconds(5);
    expect(await keys.keysFor(op, 'ES256', 'es256')).toBeDefined();
  });
});

describe('keys are not taken', () => {
  const answers: [string, NonNullable<TestIssuer['answerJwks']>][] = [
    ['from a redirect', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['from another status', (response) => response.writeHead(201).end('{"keys":[]}')],
    ['from more than 256 KiB', (response) => response.end(`{"keys":[],"padding":"${'x'.repeat(262_144)}"}`)],
    ['from HTML', (response) => response.end('<html>')],
    ['from JSON that is no JWKS', (response) => response.end('{"keys":{}}')],
    ['from an empty list', (response) => response.end('{"keys":[]}')],
    ['from a list without any usable key', (response) => response.end('{"keys":[{"kty":"oct","k":"AAAA"}]}')],
    ['from an answer that never ends', (response) => response.writeHead(200).write('{"keys":[')],
  ];
  it.each(answers)('%s', async (_case, answer) => {
    op.answerJwks = answer;
    await expect(newInstance().keysFor(op, 'ES256', 'es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
  });

  it.each([
    ['that speaks of another issuer', { issuer: 'https://op.example.com' }],
    ['whose jwks_uri is http off loopback', { jwks_uri: 'http://op.example.com/jwks' }],
    ['whose jwks_uri is a file', { jwks_uri: 'file:///etc/passwd' }],
    ['without jwks_uri', { jwks_uri: undefined }],
  ])('by a discovery document %s', async (_case, discovery) => {
    op.discovery = discovery;
    await expect(newInstance().keysFor(op, 'ES256', 'es256')).rejects.toMatchObject({ code: 'jwks_unavailable' });
    expect(fetches()).toBe(0);
  });
});

it.each([
  ['loopback, where in Lambda the runtime itself listens', 'http://127.0.0.1:9001/2018-06-01/runtime/invocation/next'],
  ['http', 'http://op.example.com/jwks'],
  ['a file', 'file:///etc/passwd'],
])('an https issuer cannot send us to %s', (_where, jwks_uri) => {
  const issuer = 'https://op.example.com';
  expect(() => jwksUriIn({ issuer, jwks_uri }, issuer)).toThrow(/not https/);
});

it('one broken key does not spoil the others, and secrets are not kept', async () => {
  const [good] = op.published;
  const broken = [
    7,
    null,
    { kty: 'RSA', n: 1 },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'oct', alg: 'HS256' },
    { kid: 'none' },
  ];
  op.answerJwks = (response) => response.end(JSON.stringify({ keys: [...broken, good] }));
  const keys = newInstance();
  expect(await keys.keysFor(op, 'ES256', 'es256')).toBeDefined();
  await expect(keys.keysFor(op, 'ES256', 'oct')).rejects.toMatchObject({ code: 'key_not_found' });
});

it('keys are read as serializers write them: members that are null, and a byte order mark', async () => {
  const [good] = op.published;
  const keys = { keys: [{ ...good, x5c: null, key_ops: null, n: null, d: null }] };
  op.answerJwks = (response) => response.end(`\uFEFF${JSON.stringify(keys)}`);
  expect(await newInstance().keysFor(op, 'ES256', 'es256')).toHaveLength(1);
});

it('a key that is published twice is one key, also for a token without kid', async () => {
  op.published = [...op.published, ...op.published];
  expect(await newInstance().keysFor(op, 'ES256', undefined)).toHaveLength(1);
});

it('a kid that the issuer uses for several keys gives them all, up to four', async () => {
  for (let key = 0; key < 5; key++) {
    await op.addKey('ES256', 'es256');
  }
  expect(await newInstance().keysFor(op, 'ES256', 'es256')).toHaveLength(4);
  await expect(newInstance().keysFor(op, 'ES256', undefined)).rejects.toMatchObject({ code: 'key_ambiguous' });
});

it('of a hundred keys and more, the first hundred count', async () => {
  const [good] = op.published;
  op.published = [
    ...Array.from({ length: 99 }, (_, n) => ({ ...good, kid: `${n}` })),
    { ...good, kid: 'in' },
    { ...good, kid: 'out' },
  ];
  const keys = newInstance();
  expect(await keys.keysFor(op, 'ES256', 'in')).toHaveLength(1);
  await expect(keys.keysFor(op, 'ES256', 'out')).rejects.toMatchObject({ code: 'key_not_found' });
});

it('keys that another instance says it fetched in the future are fetched again', async () => {
  passSeconds(3600);
  await newInstance().keysFor(op, 'ES256', 'es256');
  vi.useRealTimers();
  await newInstance().keysFor(op, 'ES256', 'es256');
  expect(fetches()).toBe(2);
});

it('keys at a configured jwksUri and those of an issuer of the same name are kept apart', async () => {
  const keys = newInstance();
  await keys.keysFor({ issuer: 'https://op.example.com', jwksUri: `${op.issuer}` }, 'ES256', 'es256');
  await keys.keysFor({ issuer: op.issuer }, 'ES256', 'es256');
  expect(Object.fromEntries(op.requests)).toEqual({ '/': 1, '/.well-known/openid-configuration': 1, '/jwks': 1 });
});

it('a published key that cannot be imported has a code of its own', async () => {
  op.published = [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'es256', alg: 'ES256' }];
  await expect(newInstance().keysFor(op, 'ES256', 'es256')).rejects.toMatchObject({ code: 'key_unusable' });
});

it('goes to the issuer when the cache table cannot be used, and says so', async () => {
  const errors: unknown[] = [];
  const keys = new KeySource({ ...table, tableName: 'there-is-no-such-table' }, (error) => errors.push(error));
  expect(await keys.keysFor(op, 'ES256', 'es256')).toBeDefined();
  expect(errors).toEqual([
    expect.objectContaining({ name: 'ResourceNotFoundException' }),
    expect.objectContaining({ name: 'ResourceNotFoundException' }),
  ]);
});

it('a connection that is refused is an issuer that is down', async () => {
  const server = createServer();
  const issuer = await listen(server);
  await stopServer(server);
  await expect(newInstance().keysFor({ issuer }, 'ES256', 'x')).rejects.toMatchObject({ code: 'jwks_unavailable' });
});
