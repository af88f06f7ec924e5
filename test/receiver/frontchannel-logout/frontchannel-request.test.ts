import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { judgeFrontchannelRequest } from '../../../receiver/frontchannel-logout/frontchannel-request.ts';
import { scopePartition } from '../../../relying-party/sessions/item-keys.ts';
import { indexOf } from '../../relying-parties-index.ts';

const ISSUER = 'https://op.example.com/tenant/v2.0';
const ALIAS = 'https://alias.example.com';
const relyingParties = indexOf([
  { issuer: ISSUER, clientId: 'shop', issuerAliases: [ALIAS], frontchannelLogout: true },
  {
    issuer: ISSUER,
    clientId: 'mail',
    frontchannelLogout: true,
    clockToleranceSeconds: 0,
    sidAllowanceSeconds: 7,
  },
  { issuer: ISSUER, clientId: 'forum', issuerAliases: [ALIAS] },
  { issuer: 'https://other.example.com', clientId: 'shop', frontchannelLogout: true },
  { issuer: 'https://off.example.com', clientId: 'shop' },
]);

const judge = (query: string) => judgeFrontchannelRequest(query, relyingParties, 1_700_000_000.75);
const queryOf = (...parameters: [string, string][]) => new URLSearchParams(parameters).toString();
const clientsOf = (query: string) => {
  const judged = judge(query);
  return 'order' in judged ? judged.order.endings.map(({ clientId }) => clientId) : judged.reason;
};

const iss: [string, string] = ['iss', ISSUER];
const sid: [string, string] = ['sid', randomUUID()];

describe('a front-channel logout request', () => {
  it.each<[string, string, string[]]>([
    ['the issuer', queryOf(iss, sid), ['shop', 'mail']],
    ['an alias of it, at the clients that have the alias', queryOf(['iss', ALIAS], sid), ['shop']],
    ['another issuer', queryOf(['iss', 'https://other.example.com'], sid), ['shop']],
    [
      'a sid before the issuer, and parameters that nobody knows',
      queryOf(['a', 'b'], sid, iss, ['a', 'c']),
      ['shop', 'mail'],
    ],
    ['a sid as the densest OPs make it', queryOf(iss, ['sid', 'dGhpcyBoYXMgMTI4IGJpdH']), ['shop', 'mail']],
    [
      'a sid of any printable characters',
      queryOf(iss, ['sid', ' aZ09 !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ ']),
      ['shop', 'mail'],
    ],
    ['a sid of 1024 characters', queryOf(iss, ['sid', 's'.repeat(1024)]), ['shop', 'mail']],
  ])('with %s is about the clients that have it on', (_case, query, clients) => {
    expect(clientsOf(query)).toEqual(clients);
  });

  it.each<[reason: string, string, string]>([
    ['iss_missing', 'nothing at all', ''],
    ['iss_missing', 'a sid alone, as Microsoft Entra ID sends it', queryOf(sid)],
    ['iss_missing', 'an empty iss', queryOf(['iss', ''], sid)],
    ['iss_missing', 'an iss in other letters', queryOf(['ISS', ISSUER], sid)],
    ['sid_missing', 'an iss alone', queryOf(iss)],
    ['sid_missing', 'an empty sid', queryOf(iss, ['sid', ''])],
    ['iss_repeated', 'the same iss twice', queryOf(iss, sid, iss)],
    ['iss_repeated', 'another iss, in an encoded name', `${queryOf(iss, sid)}&%69ss=${ALIAS}`],
    ['sid_repeated', 'the same sid twice', queryOf(iss, sid, sid)],
    ['sid_repeated', 'an empty sid behind the first one', queryOf(iss, sid, ['sid', ''])],
    ['sid_too_short', 'a sid of 21 characters', queryOf(iss, ['sid', 's'.repeat(21)])],
    ['sid_too_long', 'a sid of 1025 characters', queryOf(iss, ['sid', 's'.repeat(1025)])],
    ['issuer_unknown', 'an issuer that is not configured', queryOf(['iss', 'https://nobody.example.com'], sid)],
    ['issuer_unknown', 'an issuer with a slash more', queryOf(['iss', `${ISSUER}/`], sid)],
    ['issuer_unknown', 'an issuer of which no client has it on', queryOf(['iss', 'https://off.example.com'], sid)],
    [
      'issuer_unknown',
      'a sid that was appended as if there were no query',
      `${queryOf(iss)}?${queryOf(sid)}&${queryOf(sid)}`,
    ],
  ])('is refused as %s: %s', (reason, _case, query) => {
    expect(judge(query)).toEqual({ reason });
  });

  it('orders the end of the sid’s sessions, as of its receipt and of clocks that are ahead by what is tolerated', () => {
    expect(judge(queryOf(iss, sid))).toMatchObject({
      order: {
        issuer: ISSUER,
        scope: 'sid',
        claim: { iat: 1_700_000_000 },
        endings: [
          { partition: scopePartition({ issuer: ISSUER, clientId: 'shop', sid: sid[1] }), allowanceSeconds: 65 },
          { partition: scopePartition({ issuer: ISSUER, clientId: 'mail', sid: sid[1] }), allowanceSeconds: 7 },
        ],
        refusesReplays: false,
      },
    });
  });

  it('under an alias is about the sessions of the issuer, which are kept under its name', () => {
    const partition = scopePartition({ issuer: ISSUER, clientId: 'shop', sid: sid[1] });
    expect(judge(queryOf(['iss', ALIAS], sid))).toMatchObject({ order: { issuer: ISSUER, endings: [{ partition }] } });
  });

  it('is a logout of its own each time, and its order has nothing personal in clear', () => {
    const [first, second] = [judge(queryOf(iss, sid)), judge(queryOf(iss, sid))];
    const claimOf = (judged: typeof first) => ('order' in judged ? judged.order.claim.pk : judged.reason);
    expect(claimOf(first)).toMatch(/^JTI#/);
    expect(claimOf(first)).not.toBe(claimOf(second));
    expect(JSON.stringify(first)).not.toContain(sid[1]);
  });
});
