import { expect, it } from 'vitest';
import { outcomeOf, unlessRefused } from '../../../relying-party/sessions/conditional-write.ts';

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
  await expect(outcomeOf(Promise.reject(thrown))).rejects.toBe(thrown);
});

it.each([
  ['refused', 'once', { $metadata: { attempts: 1 } }],
  ['unclear', 'twice', { $metadata: { attempts: 2 } }],
  ['unclear', 'a number of times that nobody tells', { $metadata: {} }],
  ['unclear', 'by an SDK that tells nothing of it', {}],
])('a refused write is %s where it was sent %s', async (outcome, _how, said) => {
  const refusal = Object.assign(new Error('refused'), { name: 'ConditionalCheckFailedException', ...said });
  expect(await outcomeOf(Promise.reject(refusal))).toBe(outcome);
});
