import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FRONTCHANNEL_REASONS } from '../../../receiver/frontchannel-logout/reasons.ts';

const page = readFileSync(new URL('../../../docs/front-channel.md', import.meta.url), 'utf8');

it('each reason of front-channel logout is documented with its meaning, and no other', () => {
  const documented = [...page.matchAll(/^\| `([a-z]+_[a-z_]+)` \| ([^|]+) \|/gm)].map(([, reason, meaning]) => [
    reason,
    meaning,
  ]);
  expect(Object.fromEntries(documented)).toEqual(FRONTCHANNEL_REASONS);
});
