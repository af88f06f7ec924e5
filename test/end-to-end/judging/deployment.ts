import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, vi } from 'vitest';
import { readItem } from '../../../receiver/jwks/jwks-cache-table.ts';
import { partitionOf } from '../../../receiver/jwks/jwks-location.ts';
import { type NewSession, SessionStore } from '../../../relying-party/sessions/index.ts';
import type { TestIssuer } from '../../issuer.ts';
import { type LocalRun, startLocalRun } from '../../local-run.ts';
import { epochSeconds } from '../../logout-token.ts';
import { type Parties, startParties } from './parties.ts';

/** The parties that the cases are about, and the local run that is configured for them. */
export interface Deployment extends Parties {
  readonly receiver: LocalRun;
  readonly store: SessionStore;
  signIn(login: Partial<NewSession>): Promise<string>;
  /** A live session at the client: that of an earlier case, where it has not ended. */
  sessionAt(clientId: string): Promise<NamedSession>;
  /** A session of somebody at the client whom no token names. */
  bystanderOf(clientId: string): Promise<string>;
  isAlive(id: string): Promise<boolean>;
}

/** A session, and what a token that ends it names. */
interface NamedSession {
  readonly id: string;
  readonly sub: string;
  readonly sid: string;
}

export async function startDeployment(): Promise<Deployment> {
  const { relyingParties, secretValues, maxTokenBytes, ...parties } = await startParties();
  const { op } = parties;
  const { issuer } = op;
  const receiver = await startLocalRun([...relyingParties], { secrets: secretValues, maxTokenBytes });
  const store = new SessionStore({ client: receiver.client, tableName: receiver.tables.sessions });
  await haveTheLastWord(receiver, op);

  const signIn = async (login: Partial<NewSession>): Promise<string> => {
    const now = epochSeconds();
    const session = { issuer, clientId: 'shop', sub: 'sub', idTokenIssuedAt: now - 7200, expiresAt: now + 3600 };
    return (await store.create({ ...session, data: {}, ...login })).id;
  };
  const isAlive = async (id: string) => (await store.get(id)) !== undefined;
  const sessions = new Map<string, NamedSession>();
  const bystanders = new Map<string, Promise<string>>();

  return {
    ...parties,
    receiver,
    store,
    signIn,
    async sessionAt(clientId) {
      const earlier = sessions.get(clientId);
      if (earlier && (await isAlive(earlier.id))) {
        return earlier;
      }
      const named = { sub: randomUUID(), sid: randomUUID() };
      const session = { ...named, id: await signIn({ clientId, ...named }) };
      sessions.set(clientId, session);
      return session;
    },
    bystanderOf(clientId) {
      const bystander = bystanders.get(clientId) ?? signIn({ clientId, sub: randomUUID(), sid: randomUUID() });
      bystanders.set(clientId, bystander);
      return bystander;
    },
    isAlive,
    async stop() {
      await Promise.all([receiver.stop(), parties.stop()]);
    },
  };
}

/**
 * Has the keys that the schedule fetches speak for the whole of the run: what does not verify with them is refused, and no
 * case has to wait until the issuer may be asked again.
 */
async function haveTheLastWord({ client, tables }: LocalRun, { location }: TestIssuer): Promise<void> {
  const table = { client, tableName: tables.jwksCache };
  const isFetched = async () => expect((await readItem(table, location)).fetched).toBeDefined();
  await vi.waitFor(isFetched, { timeout: 60_000, interval: 50 });
  await client.send(
    new UpdateCommand({
      TableName: table.tableName,
      Key: { pk: partitionOf(location) },
      UpdateExpression: 'SET asOf = :inAnHour, fetchedAt = fetchedAt + :moment',
      ExpressionAttributeValues: { ':inAnHour': Date.now() / 1000 + 3600, ':moment': 0.001 },
    }),
  );
}
