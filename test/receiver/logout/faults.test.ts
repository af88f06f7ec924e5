import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { DecryptionKeySource } from '../../../receiver/logout/decryption-keys.ts';
import { type LogoutParts, logout } from '../../../receiver/logout/logout.ts';
import { LogoutFailure } from '../../../receiver/logout/rejection.ts';
import { SecretSource } from '../../../receiver/secrets/secret-source.ts';
import { SessionStore } from '../../../relying-party/sessions/index.ts';
import { startDynamodbProxy } from '../../dynamodb-proxy.ts';
import type { Fate } from '../../fault-proxy.ts';
import { startIssuer, type TestIssuer } from '../../issuer.ts';
import { newKeySource } from '../../key-source.ts';
import { LOGOUT_STEPS } from '../../logout-steps.ts';
import { epochSeconds, validClaims } from '../../logout-token.ts';
import { indexOf } from '../../relying-parties-index.ts';
import { sampleOf } from '../../sample.ts';
import { newTable, type TestTable } from '../../tables.ts';

const FATES: readonly Fate[] = ['fail', 'throttle', 'lose request', 'lose answer', 'dawdle', 'hang'];
/** The client tries three times. */
const TIMES = [
  [1, 'once'],
  [2, 'twice'],
  [Number.POSITIVE_INFINITY, 'always'],
] as const;
const CASES = LOGOUT_STEPS.flatMap(([request, step]) =>
  FATES.flatMap((fate) => TIMES.map(([times, often]) => ({ request, step, fate, times, often }))),
);
/** Of the client: so long, but where it is what is tested, that no busy machine comes near it. */
const timeoutOf = (fate: Fate) => (fate === 'hang' ? 3000 : 60_000);
const never = new AbortController().signal;

let op: TestIssuer;
let parts: LogoutParts;
let table: TestTable;
let store: SessionStore;

beforeAll(async () => {
  op = await startIssuer('EdDSA');
  table = await newTable('sessions');
  store = new SessionStore(table);
  const relyingParties = indexOf([{ issuer: op.issuer, clientId: 'shop' }]);
  const secrets = new SecretSource(async () => '');
  const keys = await newKeySource();
  parts = { relyingParties, keys, secrets, decryptionKeys: new DecryptionKeySource(secrets), sessionsTable: table };
});

afterAll(() => op.stop());

describe.concurrent('a logout under faults of DynamoDB,', () => {
  // Of seven, so that each step, each fate and each number of times is among them.
  it.for(sampleOf(CASES, 7))(
    '$often where it $step ($fate) is done with its session gone, or fails and is done when carried out again',
    async ({ request, fate, times }, { expect }) => {
      const [now, sid] = [epochSeconds(), randomUUID()];
      const login = { issuer: op.issuer, clientId: 'shop', sub: randomUUID(), sid, idTokenIssuedAt: now - 60 };
      const { id } = await store.create({ ...login, expiresAt: now + 3600, data: {} });
      const token = await op.sign(validClaims(op.issuer, 'shop', { sid }), { alg: 'EdDSA' });
      const dynamodb = await startDynamodbProxy(3, timeoutOf(fate));
      let faults = 0;
      dynamodb.fateOf = (_operation, _index, { body }) => (request.test(body) && faults++ < times ? fate : 'pass');
      const faulty = { ...parts, sessionsTable: { ...table, client: dynamodb.client } };

      const outcome = await logout(token, now, faulty, never).catch((error: unknown) => error);

      expect(faults).toBeGreaterThan(0);
      const isAnswered = fate === 'dawdle' || times < 3;
      if (isAnswered) {
        expect(outcome).toMatchObject({ scope: 'sid' });
      } else {
        expect(outcome).toBeInstanceOf(LogoutFailure);
        await logout(token, now, parts, never);
      }
      expect(await store.get(id)).toBeUndefined();
      await dynamodb.stop();
    },
  );
});
