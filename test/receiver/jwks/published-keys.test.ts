import { expect, it } from 'vitest';
import { useFleet } from './fleet.ts';

const fleet = useFleet();

it('one broken key does not spoil the others, which are counted, and secrets are not kept', async () => {
  const [good] = fleet.op.published;
  const broken = [
    7,
    null,
    { kty: 'RSA', n: 1 },
    { kty: 'oct', k: 'c2VjcmV0', kid: 'oct', alg: 'HS256' },
    { kid: 'none' },
  ];
  fleet.op.answerJwks = (response) => response.end(JSON.stringify({ keys: [...broken, good] }));
  const keys = fleet.newInstance();
  expect(await keys.find('es256')).toHaveLength(1);
  await expect(keys.find('oct')).rejects.toMatchObject({ code: 'key_not_found' });
  await expect
    .poll(() => fleet.events)
    .toContainEqual(expect.objectContaining({ type: 'fetched', skippedKeys: broken.length }));
});

it('a key that is published twice is one key, also for a token without kid', async () => {
  fleet.op.published = [...fleet.op.published, ...fleet.op.published];
  expect(await fleet.newInstance().find(undefined)).toHaveLength(1);
});

it('a kid that the issuer uses for several keys gives them all, up to four', async () => {
  for (let key = 0; key < 5; key++) {
    await fleet.op.addKey('ES256', 'es256');
  }
  expect(await fleet.newInstance().find('es256')).toHaveLength(4);
  await expect(fleet.newInstance().find(undefined)).rejects.toMatchObject({ code: 'key_ambiguous' });
});

it('of a hundred keys and more, the first hundred count', async () => {
  const [good] = fleet.op.published;
  fleet.op.published = [
    ...Array.from({ length: 99 }, (_, n) => ({ ...good, kid: `${n}` })),
    { ...good, kid: 'in' },
    { ...good, kid: 'out' },
  ];
  const keys = fleet.newInstance();
  expect(await keys.find('in')).toHaveLength(1);
  await expect(keys.find('out')).rejects.toMatchObject({ code: 'key_not_found' });
  await expect.poll(() => fleet.events).toContainEqual(expect.objectContaining({ type: 'fetched', skippedKeys: 1 }));
});

it('a published key that cannot be imported has a code of its own', async () => {
  fleet.op.published = [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'es256', alg: 'ES256' }];
  await expect(fleet.newInstance().find('es256')).rejects.toMatchObject({ code: 'key_unusable' });
});
