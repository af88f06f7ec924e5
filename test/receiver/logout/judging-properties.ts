import fc from 'fast-check';
import { expect } from 'vitest';
import { type Claims, validClaims } from '../../logout-token.ts';
import { formRequest, type Judge } from './judge.ts';
import { keepsEveryRule } from './reference-rules.ts';
import { claimChange, ruleAbidingClaims, ruleAbidingHeader, tokenMutation, unicodeText } from './token-arbitraries.ts';

/** What must hold of the judge, whatever it is given. */
export interface JudgingProperty {
  readonly name: string;
  /** Of all requests of a long run, how many are for this one. */
  readonly share: number;
  readonly property: (judge: Judge) => Promise<fc.IAsyncProperty<unknown>>;
}

export const JUDGING_PROPERTIES: readonly JudgingProperty[] = [
  {
    name: 'a token built by the rules is accepted, and means what it says',
    share: 0.05,
    property: async (judge) =>
      fc.asyncProperty(
        ruleAbidingClaims(judge.op.issuer, judge.receivedAt),
        ruleAbidingHeader,
        async (claims, header) => {
          const verdict = await judge.judge(formRequest(await judge.op.sign(claims, header)));
          const { iat, jti, sub, sid, aud } = claims;
          expect(verdict).toMatchObject({ accepted: { claims: { iat, jti, sub, sid } } });
          expect('accepted' in verdict && [...verdict.accepted.audiences].sort()).toEqual([aud].flat().sort());
        },
      ),
  },
  {
    name: 'a token that somebody changed on its way is refused, or its signed text is the same',
    share: 0.6,
    property: async (judge) => {
      const genuine = await genuineTokens(judge);
      return fc.asyncProperty(fc.constantFrom(...genuine), tokenMutation, async (token, mutate) => {
        const mutated = mutate(token);
        const verdict = await judge.judge(formRequest(mutated));
        if ('accepted' in verdict) {
          expect(signedTextOf(mutated)).toBe(signedTextOf(token));
        }
      });
    },
  },
  {
    name: 'an encrypted token that somebody changed on its way is refused',
    share: 0.05,
    property: async (judge) => {
      const valid = { ...validClaims(judge.op.issuer, 'sealed'), iat: judge.receivedAt, sub: 'alice' };
      const genuine = await judge.seal(await judge.op.sign(valid, { alg: 'EdDSA' }));
      expect(await judge.judge(formRequest(genuine))).toMatchObject({ accepted: { claims: { sub: 'alice' } } });
      return fc.asyncProperty(tokenMutation, async (mutate) => {
        const mutated = mutate(genuine);
        const verdict = await judge.judge(formRequest(mutated));
        expect('accepted' in verdict).toBe(mutated === genuine);
      });
    },
  },
  {
    name: 'a token that the issuer signed is accepted exactly where its claims keep every rule',
    share: 0.2,
    property: async (judge) =>
      fc.asyncProperty(
        ruleAbidingClaims(judge.op.issuer, judge.receivedAt),
        fc.array(claimChange(judge.op.issuer, judge.receivedAt), { minLength: 1, maxLength: 2 }),
        async (valid, changes) => {
          const payload = JSON.stringify(changes.reduce((claims, change) => change(claims), valid));
          const sent: Claims = JSON.parse(payload);
          const verdict = await judge.judge(formRequest(await judge.op.sign(payload, { alg: 'EdDSA' })));
          expect('accepted' in verdict, JSON.stringify(verdict)).toBe(
            keepsEveryRule(sent, judge.op.issuer, judge.receivedAt),
          );
        },
      ),
  },
  {
    name: 'whatever is no logout request is refused with a reason, and nothing breaks',
    share: 0.1,
    property: async (judge) => {
      const [token = ''] = await genuineTokens(judge);
      return fc.asyncProperty(anyRequest(token), async ({ method, contentType, body }) => {
        const verdict = await judge.judge({ method, contentType, body });
        if ('accepted' in verdict) {
          expect(new URLSearchParams(Buffer.from(body).toString()).getAll('logout_token')).toEqual([token]);
        }
      });
    },
  },
];

/** Of every algorithm and several shapes; signed once, since signing costs more than judging. */
async function genuineTokens({ op, receivedAt, signWithSecret }: Judge): Promise<string[]> {
  const claims = fc.sample(ruleAbidingClaims(op.issuer, receivedAt), { numRuns: 60, seed: 1 });
  const headers = fc.sample(ruleAbidingHeader, { numRuns: 60, seed: 2 });
  return await Promise.all([
    ...claims.map((each, index) => op.sign(each, headers[index])),
    ...claims.slice(0, 15).map((each) => signWithSecret({ ...each, aud: 'symmetric' })),
  ]);
}

function signedTextOf(token: string): string {
  return token.slice(0, token.lastIndexOf('.'));
}

/** Requests in which the token may stand right, wrong, twice or not at all. */
function anyRequest(token: string) {
  const text = fc.oneof(
    unicodeText({ maxLength: 200 }),
    fc.constantFrom(`logout_token=${token}`, '&', '=', '+', '%', '%2E', '%zz', 'logout_token=', token, '\u0000', ';'),
  );
  return fc.record({
    method: fc.oneof({ weight: 9, arbitrary: fc.constant('POST') }, { weight: 1, arbitrary: fc.string() }),
    contentType: fc.oneof(
      { weight: 9, arbitrary: fc.constant('application/x-www-form-urlencoded') },
      { weight: 1, arbitrary: fc.option(fc.string(), { nil: undefined }) },
    ),
    body: fc.oneof(
      fc.array(text, { maxLength: 6 }).map((parts) => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 600 }),
    ),
  });
}
