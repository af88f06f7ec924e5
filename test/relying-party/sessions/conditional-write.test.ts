import { expect, it } from 'vitest';
import { unlessRefused } from '../../../relying-party/sessions/conditional-write.ts';

it('a write that its condition refuses gives nothing, whichever copy of the AWS SDK says so', async () => {
  const refusal = Object.assign(new Error('of another copy'), { name: 'ConditionalCheckFailedException' });
  expect(await unlessRefused(Promise.reject(refusal))).toBeUndefined();
  expect(await unlessRefused(Promise.resolve('written'))).toBe('written');
});

it.each<[string, unknown]>([
  ['another error', new Error('ConditionalCheckFailedException')],
  ['what is no error', { name: 'ConditionalCheckFailedException' }],
])('%s is thrown on', async (_what, thrown) => {
  await expect(unlessRefused(Promise.reject(thrown))).rejects.toBe(thrown);
});
