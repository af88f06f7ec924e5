import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { hashOf, scopePartition, seenTokenKey } from '../../../relying-party/sessions/item-keys.ts';
import { sessionKey } from '../../../relying-party/sessions/session.ts';

const { vectors } = z
  .object({
    vectors: z.array(
      z.object({ kind: z.enum(['session', 'subject', 'sid', 'jti']), parts: z.array(z.string()), key: z.string() }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../vectors/keys.json', import.meta.url), 'utf8')));

const partitions = {
  session: ([id = '']: string[]) => sessionKey(hashOf(id)).pk,
  subject: ([issuer = '', clientId = '', sub = '']: string[]) => scopePartition({ issuer, clientId, sub }),
  sid: ([issuer = '', clientId = '', sid = '']: string[]) => scopePartition({ issuer, clientId, sid }),
  jti: (parts: string[]) => seenTokenKey(parts.slice(0, -1), parts.at(-1) ?? '').pk,
};

describe('keys of the sessions table', () => {
  it.each(vectors)('hash $kind $parts to the published vector', ({ kind, parts, key }) => {
    expect(partitions[kind](parts)).toBe(key);
  });

  it('keeps the same string apart as sub and as sid', () => {
    const client = { issuer: 'https://op.example.com', clientId: 'shop' };
    expect(scopePartition({ ...client, sub: 'x' })).not.toBe(scopePartition({ ...client, sid: 'x' }));
  });
});
