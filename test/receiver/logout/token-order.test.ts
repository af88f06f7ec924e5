import { expect, it } from 'vitest';
import { logoutOrderOf } from '../../../receiver/logout/token-order.ts';
import { parseRelyingParties } from '../../../receiver/relying-parties/relying-parties.ts';
import { scopePartition, seenTokenKey } from '../../../relying-party/sessions/item-keys.ts';

const issuer = 'https://op.example.com';
const { relyingParties } = parseRelyingParties(
  JSON.stringify({
    relyingParties: [
      { issuer, clientId: 'shop', sidAllowanceSeconds: 3, subAllowanceSeconds: 4 },
      { issuer, clientId: 'forum', replay: 'refuse' },
    ],
  }),
  'test',
);

const claims = { jti: 'j1', iat: 1_800_000_000, exp: undefined };
const partitions = (clientId: string) => ({
  bySid: scopePartition({ issuer, clientId, sid: 'a1' }),
  bySub: scopePartition({ issuer, clientId, sub: 'alice' }),
});

function orderOf(
  named: { sid: string; sub: string | undefined } | { sid: undefined; sub: string },
  isSymmetric = false,
) {
  const [shop, ...others] = relyingParties;
  if (!shop) {
    throw new Error('no relying party is configured');
  }
  const addressed = [shop, ...others] as const;
  return logoutOrderOf({
    claims: { ...claims, ...named },
    relyingParties: addressed,
    audiences: ['shop', 'forum'],
    isSymmetric,
  });
}

it('a token with a sid orders the end of that, and with a sub too says whose it is', () => {
  expect(orderOf({ sid: 'a1', sub: 'alice' })).toMatchObject({
    scope: 'sid',
    endings: [
      { clientId: 'shop', partition: partitions('shop').bySid, allowanceSeconds: 3, subject: partitions('shop').bySub },
      { clientId: 'forum', partition: partitions('forum').bySid, subject: partitions('forum').bySub },
    ],
  });
  expect(orderOf({ sid: 'a1', sub: undefined }).endings.map((ending) => 'subject' in ending)).toEqual([false, false]);
});

it('a token without a sid orders the end of all sessions of its sub', () => {
  expect(orderOf({ sid: undefined, sub: 'alice' })).toMatchObject({
    scope: 'sub',
    endings: [{ partition: partitions('shop').bySub, allowanceSeconds: 4 }, { partition: partitions('forum').bySub }],
  });
});

it('replays are refused where one of the relying parties wants it so', () => {
  expect(orderOf({ sid: 'a1', sub: undefined }).refusesReplays).toBe(true);
});

it('a jti is the issuer’s, and of a token that is signed with a client secret, that of those who know it', () => {
  const named = { sid: 'a1', sub: undefined };
  expect(orderOf(named).claim.pk).toBe(seenTokenKey([issuer], 'j1').pk);
  expect(orderOf(named, true).claim.pk).toBe(seenTokenKey([issuer, 'forum', 'shop'], 'j1').pk);
});
